// The views of the countries with most views, by month: a table of shaded cells, with the sum of each country and a row
// for all other countries. Views are of one country and one month, so that these sums are exact.

import { UNKNOWN } from "./countries.js";
import { saveButton } from "./csv.js";
import { formatPeriod } from "./date_format.js";
import { countDays } from "./dates.js";
import { dimensionLink } from "./dimension_panels.js";
import { element } from "./dom.js";
import { emptyContent } from "./empty_panel.js";
import { heatLegend, heatLevel } from "./heat_levels.js";
import { formatCompact, formatCount, formatInteger } from "./number_format.js";
import { askQuestion, downloadCsv } from "./query_api.js";
import { baseQuestion, isIn } from "./question_filters.js";
import { periodDays } from "./url_filters.js";

const MAX_ROWS = 10_000; // of one answer
const MAX_COUNTRIES = 12;
const MAX_DAYS = { day: 14, week: 98 }; // longer periods are shown by the next longer unit
const TITLE = "Views by country over time";

// answers.countries: a promise of all countries, so that only those shown are asked for by period
export async function countryPeriodsPanel(params, signal, answers) {
  const { rows: countries, freshness } = await answers.countries;
  if (!countries.length) return emptyContent(freshness, params);
  const unit = unitFor(periodDays(params));
  const question = { ...baseQuestion(params), compare: undefined, metrics: ["views"] };
  const shown = isIn("country", countries.slice(0, MAX_COUNTRIES).map(({ country }) => country?.code ?? UNKNOWN));
  const ask = (condition, dimensions) =>
    askQuestion({ ...question, filters: bothOf(question.filters, condition), dimensions, limit: MAX_ROWS }, signal);
  const [answer, others] = await Promise.all([
    ask(shown, [`time:${unit}`, "country"]),
    countries.length > MAX_COUNTRIES ? ask({ not: shown }, [`time:${unit}`]) : null,
  ]);
  const ofOthers = others && { rows: others.rows, count: countries.length - MAX_COUNTRIES };
  const all = { ...question, dimensions: [`time:${unit}`, "country"] };
  return {
    body: matrix(answer.rows, ofOthers, unit),
    tools: [saveButton(TITLE, () => downloadCsv(all, "views-by-country-over-time"))],
    freshness: answer.freshness,
  };
}

const bothOf = (filters, condition) => ({ and: [...(filters?.and ?? []), condition] });

function unitFor({ start, end }) {
  const days = start && end ? countDays(start, end) : Infinity;
  return Object.keys(MAX_DAYS).find((unit) => days <= MAX_DAYS[unit]) ?? "month";
}

// others: the rows of all other countries together, and their count; or null
function matrix(rows, others, unit) {
  const periods = [...new Set([...rows, ...(others?.rows ?? [])].map(({ time }) => time))].sort();
  const lines = countryLines(rows, others, periods);
  const max = Math.max(...lines.filter(({ isOther }) => !isOther).flatMap(({ views }) => views));
  const head = element(
    "tr",
    {},
    element("th", { scope: "col" }, "Country"),
    periods.map((start) =>
      element("th", { scope: "col", class: "number", title: formatPeriod(start, unit) }, periodName(start, unit))
    ),
    element("th", { scope: "col", class: "number" }, "Sum"),
  );
  const content = element(
    "table",
    { class: "matrix" },
    element("caption", { class: "visually-hidden" }, TITLE),
    element("thead", {}, head),
    element("tbody", {}, lines.map((line) => matrixRow(line, periods, unit, max))),
  );
  const area = element("div", { class: "scroll-area", role: "region", "aria-label": TITLE, tabindex: "0" }, content);
  return [area, heatLegend(max)];
}

// The countries with most views, then all others together.
function countryLines(rows, others, periods) {
  const byCode = Map.groupBy(rows, ({ country }) => country?.code ?? null);
  const top = [...byCode.values()].map((own) => toLine(own, periods, { country: own[0].country }));
  top.sort((one, other) => other.sum - one.sum);
  return others ? [...top, toLine(others.rows, periods, { isOther: true, count: others.count })] : top;
}

function toLine(rows, periods, line) {
  const byTime = new Map(rows.map(({ time, views }) => [time, views]));
  const views = periods.map((start) => byTime.get(start) ?? 0);
  return { ...line, views, sum: views.reduce((sum, number) => sum + number, 0) };
}

// Countries differ by powers of ten: by the square root, one large number does not make all others pale.
function matrixRow({ country, isOther, count, views, sum }, periods, unit, max) {
  const label = isOther ? `${formatInteger(count)} others` : dimensionLink("country", country);
  const cells = views.map((number, index) =>
    element(
      "td",
      {
        class: isOther ? "number" : `number heat-${heatLevel(Math.sqrt(number), Math.sqrt(max))}`,
        title: `${formatPeriod(periods[index], unit)}: ${formatCount(number, "view")}`,
      },
      formatCompact(number),
    )
  );
  return element(
    "tr",
    { class: isOther ? "other" : null },
    element("th", { scope: "row" }, element("span", {}, label)),
    cells,
    element("td", { class: "number sum", title: formatCount(sum, "view") }, formatCompact(sum)),
  );
}

// As short as a column is narrow: "Mar", and "2024" below the first one of a year.
function periodName(start, unit) {
  const date = new Date(start);
  const format = (options) => new Intl.DateTimeFormat(undefined, { timeZone: "UTC", ...options }).format(date);
  if (unit === "year") return format({ year: "numeric" });
  if (unit !== "month") return format({ day: "numeric", month: "short" });
  return format({ month: "short", year: "2-digit" });
}
