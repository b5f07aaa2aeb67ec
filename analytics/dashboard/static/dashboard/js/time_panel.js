// A panel of counts over time: a chart, a line of text about the period under the cursor, a table and a CSV file.

import { changeNote } from "./change_note.js";
import { csvButton } from "./csv.js";
import { formatDates, formatPeriod } from "./date_format.js";
import { today } from "./dates.js";
import { element } from "./dom.js";
import { currentParams, navigate, paramsWith } from "./navigation.js";
import { directionClass, formatCount, formatGrowth, formatInteger, formatMargin } from "./number_format.js";
import { completePeriods, grainOf } from "./periods.js";
import { table } from "./table.js";
import { hasVisitors, isDrawnAsLine, timeChart } from "./time_chart.js";
import { periodDays } from "./url_filters.js";

const INITIAL_ROWS = 15;
const GRAIN_NAMES = { hour: "Hour", day: "Day", week: "Week", month: "Month", year: "Year" };
const KEYS = "Enter shows only the period under the cursor, Shift with an arrow key picks several, Escape shows all.";

// answer: { points, grain, compared, visitorsError }, where a missing grain follows from the points, and `compared` are the days that
// the points are compared with, and `visitorsError` is the standard error of their visitors
// text: { title, unit, distinctUnit }, where a unit is a noun in the singular, such as "view" and "distinct blog"
// staleDays: days that have changed since the last roll-up
export function timePanel({ points, grain, compared, visitorsError, params, text, staleDays = [] }) {
  const labels = { ...text, grain: grain ?? params.get("by") ?? grainOf(points), compared, visitorsError };
  const periods = completePeriods(points, labels.grain, periodDays(params)).map((period) => ({
    ...period,
    isStale: staleDays.some((day) => period.start.slice(0, 10) <= day && day <= period.end),
  }));
  const readout = element("p", { class: "readout" });
  const onHover = (index) => readout.replaceChildren(...readoutParts(periods.at(index ?? -1), labels));
  const onPick = (first, last) => pick(periods[first], periods[last], labels.grain);
  const chart = timeChart(periods, chartSummary(periods, labels), { onHover, onPick, onReset: showAllDays });
  onHover(null);
  return {
    body: [readout, chart, chartLegend(periods, labels), ...partNote(periods, labels), periodTable(periods, labels)],
    tools: [periodCsv(periods, labels)],
  };
}

// Only the days that the page shows: a week may begin before them. One day is picked by its hours.
function pick(first, last, grain) {
  const { start, end } = periodDays(currentParams());
  const [from, to] = [first.start.slice(0, 10), last.end];
  const hours = grain === "hour" && from === to ? { hour: hoursBetween(first.start, last.start) } : {};
  navigate(paramsWith({
    from: start && start > from ? start : from,
    to: end && end < to ? end : to,
    ...hours,
    by: null,
    page: null,
  }));
}

function hoursBetween(first, last) {
  const [from, to] = [first, last].map((start) => Number(start.slice(11, 13)));
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

const showAllDays = () => navigate(paramsWith({ from: null, to: null, hour: null, page: null }));

function readoutParts(period, { unit, distinctUnit, grain, visitorsError }) {
  const parts = [
    element("strong", {}, formatPeriod(period.start, grain)),
    element("span", {}, formatCount(period.total, unit)),
    growthNote(period),
    ...(period.visitors ? [element("span", {}, visitorsText(period, visitorsError))] : []),
    element("span", {}, formatCount(period.distinct, distinctUnit)),
  ];
  if (!period.isWhole) parts.push(element("span", { class: "partial" }, partialNote(period)));
  if (period.isStale) parts.push(element("span", { class: "stale" }, "changed since"));
  if (period.before) parts.push(beforeNote(period, unit, grain));
  return parts;
}

const visitorsText = ({ visitors }, error) => `${formatCount(visitors, "visitor")} ${formatMargin(visitors, error)}`;

function beforeNote({ total, before }, unit, grain) {
  const text = ` vs ${formatCount(before.total, unit)} (${formatPeriod(before.start, grain)})`;
  return element("span", { class: "before" }, changeNote(total, before.total), text);
}

const partialNote = ({ end }) => (end >= today() ? "so far" : "partial");

// The growth of a partial period means little, so it is neither green nor red.
function growthNote(period) {
  if (period.isFirst) return element("span", { class: "level", title: "No earlier period to compare with" }, "–");
  const className = period.isWhole ? directionClass(period.growth) : "level";
  return element("span", { class: className }, formatGrowth(period.growth));
}

// The text that screen readers get in place of the chart.
function chartSummary(periods, { unit, grain, title }) {
  const highest = periods.reduce((best, period) => (period.total > best.total ? period : best));
  const sum = periods.reduce((total, period) => total + period.total, 0);
  const totals = `${formatCount(sum, unit)} in ${formatCount(periods.length, grain)}`;
  const peak = `${formatInteger(highest.total)} in ${formatPeriod(highest.start, grain)}`;
  return `${title}: ${totals}; highest: ${peak}. The table below has every number. ${KEYS}`;
}

function chartLegend(periods, { unit, distinctUnit, compared }) {
  const hasPartial = !isDrawnAsLine(periods) && periods.some((period) => !period.isWhole && !period.isStale);
  const entries = [
    ["whole", plural(unit)],
    ...(hasPartial ? [["partial", "Partial period"]] : []),
    ...(periods.some((period) => period.isStale) ? [["stale", "Changed since the roll-up"]] : []),
    ...(compared ? [["before", `${plural(unit)} in ${formatDates(compared.start_date, compared.end_date)}`]] : []),
    ...(hasVisitors(periods) ? [["visitors", "Visitors, estimated (below)"]] : []),
    ["distinct", `${plural(distinctUnit)} (below)`],
  ];
  return element(
    "ul",
    { class: "chart-legend" },
    entries.map(([kind, label]) => element("li", { class: kind }, label)),
  );
}

// The API compares as many days; it cannot cut the day or the hour that the last view was in.
function partNote(periods, { compared, grain }) {
  if (!compared || !periods.some((period) => period.before && period.end >= today())) return [];
  const name = GRAIN_NAMES[grain].toLowerCase();
  const isCut = !["hour", "day"].includes(grain);
  const other = isCut ? "as many days of the other one" : `the whole ${name} of the other period`;
  return [element("p", { class: "hint" }, `The last ${name} is not over: it is compared with ${other}.`)];
}

const plural = (unit) => `${unit[0].toUpperCase()}${unit.slice(1)}s`;

function periodTable(periods, { unit, distinctUnit, title, grain, compared }) {
  const visitors = hasVisitors(periods);
  const numbers = [
    plural(unit),
    "Growth",
    ...(visitors ? ["Visitors"] : []),
    plural(distinctUnit),
    ...(compared ? ["Compared", "Change"] : []),
  ];
  const columns = [{ name: GRAIN_NAMES[grain] }, ...numbers.map((name) => ({ name, type: "number" }))];
  const rows = periods.toReversed().map((period) => ({
    cells: [...periodCells(period, grain, visitors), ...(compared ? beforeCells(period, grain) : [])],
    weight: period.total,
    className: period.isStale ? "stale" : null,
  }));
  const content = table({ caption: title, columns, rows, initialRows: INITIAL_ROWS, unit: "periods" });
  return element("details", {}, element("summary", {}, "As a table"), content);
}

function periodCells(period, grain, withVisitors) {
  const note = period.isStale ? " · changed since" : period.isWhole ? "" : ` · ${partialNote(period)}`;
  const label = `${formatPeriod(period.start, grain)}${note}`;
  const visitors = withVisitors ? [formatInteger(period.visitors)] : [];
  return [label, formatInteger(period.total), growthNote(period), ...visitors, formatInteger(period.distinct)];
}

function beforeCells({ total, before }, grain) {
  if (!before) return ["–", "–"];
  const cell = element("span", { title: formatPeriod(before.start, grain) }, formatInteger(before.total));
  return [cell, changeNote(total, before.total)];
}

function periodCsv(periods, { unit, distinctUnit, title, compared }) {
  const known = hasVisitors(periods);
  const rows = periods.map(({ start, end, total, growth, visitors, distinct, before }) => [
    start,
    end,
    total,
    growth,
    distinct,
    ...(known ? [visitors] : []),
    ...(compared ? [before?.start ?? "", before?.total ?? ""] : []),
  ]);
  const names = [`${unit}s`, "growth %", `${distinctUnit}s`, ...(known ? ["visitors (estimated)"] : [])];
  const header = ["first day", "last day", ...names];
  const headerBefore = compared ? ["compared first day", `compared ${unit}s`] : [];
  return csvButton(title.toLowerCase().replaceAll(" ", "-"), title, [...header, ...headerBefore], rows);
}
