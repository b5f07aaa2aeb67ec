// A panel of counts over time: a chart, a line of text about the period under the cursor, a table and a CSV file.

import { csvButton } from "./csv.js";
import { formatPeriod } from "./date_format.js";
import { today } from "./dates.js";
import { element } from "./dom.js";
import { directionClass, formatCount, formatGrowth, formatInteger } from "./number_format.js";
import { completePeriods, grainOf } from "./periods.js";
import { table } from "./table.js";
import { isDrawnAsLine, timeChart } from "./time_chart.js";
import { periodDays } from "./url_filters.js";

const INITIAL_ROWS = 15;
const GRAIN_NAMES = { day: "Day", week: "Week", month: "Month", year: "Year" };

// text: { title, unit, distinctUnit }, where a unit is a noun in the singular, such as "view" and "distinct blog"
// staleDays: days that have changed since the last roll-up
export function timePanel({ points, params, text, staleDays = [] }) {
  const grain = params.get("by") ?? grainOf(points);
  const labels = { ...text, grain };
  const periods = completePeriods(points, grain, periodDays(params)).map((period) => ({
    ...period,
    isStale: staleDays.some((day) => period.start <= day && day <= period.end),
  }));
  const readout = element("p", { class: "readout" });
  const showReadout = (index) => readout.replaceChildren(...readoutParts(periods.at(index ?? -1), labels));
  const chart = timeChart(periods, chartSummary(periods, labels), showReadout);
  showReadout(null);
  return {
    body: [readout, chart, chartLegend(periods, labels), periodTable(periods, labels)],
    tools: [periodCsv(periods, labels)],
  };
}

function readoutParts(period, { unit, distinctUnit, grain }) {
  const parts = [
    element("strong", {}, formatPeriod(period.start, grain)),
    element("span", {}, formatCount(period.total, unit)),
    growthNote(period),
    element("span", {}, formatCount(period.distinct, distinctUnit)),
  ];
  if (!period.isWhole) parts.push(element("span", { class: "partial" }, partialNote(period)));
  if (period.isStale) parts.push(element("span", { class: "stale" }, "changed since"));
  return parts;
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
  return `${title}: ${totals}; highest: ${peak}. The table below has every number.`;
}

function chartLegend(periods, { unit, distinctUnit }) {
  const hasPartial = !isDrawnAsLine(periods) && periods.some((period) => !period.isWhole && !period.isStale);
  const entries = [
    ["whole", plural(unit)],
    ...(hasPartial ? [["partial", "Partial period"]] : []),
    ...(periods.some((period) => period.isStale) ? [["stale", "Changed since the roll-up"]] : []),
    ["distinct", `${plural(distinctUnit)} (below)`],
  ];
  return element(
    "ul",
    { class: "chart-legend" },
    entries.map(([kind, label]) => element("li", { class: kind }, label)),
  );
}

const plural = (unit) => `${unit[0].toUpperCase()}${unit.slice(1)}s`;

function periodTable(periods, { unit, distinctUnit, title, grain }) {
  const columns = [
    { name: GRAIN_NAMES[grain] },
    ...[plural(unit), "Growth", plural(distinctUnit)].map((name) => ({ name, type: "number" })),
  ];
  const rows = periods.toReversed().map((period) => ({
    cells: periodCells(period, grain),
    weight: period.total,
    className: period.isStale ? "stale" : null,
  }));
  const content = table({ caption: title, columns, rows, initialRows: INITIAL_ROWS, unit: "periods" });
  return element("details", {}, element("summary", {}, "As a table"), content);
}

function periodCells(period, grain) {
  const note = period.isStale ? " · changed since" : period.isWhole ? "" : ` · ${partialNote(period)}`;
  const label = `${formatPeriod(period.start, grain)}${note}`;
  return [label, formatInteger(period.total), growthNote(period), formatInteger(period.distinct)];
}

function periodCsv(periods, { unit, distinctUnit, title }) {
  const rows = periods.map(({ start, end, total, growth, distinct }) => [start, end, total, growth, distinct]);
  const header = ["first day", "last day", `${unit}s`, "growth %", `${distinctUnit}s`];
  return csvButton(title.toLowerCase().replaceAll(" ", "-"), title, header, rows);
}
