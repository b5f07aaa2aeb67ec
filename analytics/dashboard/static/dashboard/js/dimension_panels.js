// Panels with a row for each value of a dimension: sources, devices, blogs, authors and others.

import { element } from "./dom.js";
import { emptyContent } from "./empty_panel.js";
import { directionClass, formatGrowth, formatInteger, formatMargin, formatShare } from "./number_format.js";
import { askQuestion } from "./query_api.js";
import { baseQuestion, dimensionLabel, filterLink, knowsVisitors, OF_BLOG, valueLabel } from "./question_filters.js";
import { questionTable, tableQuestion } from "./question_table.js";
import { tabbedPanel } from "./tabs.js";

const UNITS = {
  country: "countries",
  os: "systems",
};
const NOTHING_KNOWN = { source: "Direct or unknown", referrer: "None", medium: "None", campaign: "None" };
export const BY_VIEWS = ["views", "desc"];

export const sourcesPanel = (params, signal) =>
  dimensionTabs("sources", ["source", "medium", "campaign", "referrer"], params, signal);
export const devicesPanel = (params, signal) =>
  dimensionTabs("devices", ["device", "browser", "os", "language"], params, signal);

function dimensionTabs(id, dimensions, params, signal) {
  const tabs = dimensions.map((dimension) => ({
    key: dimension,
    name: capitalised(unitOf(dimension)),
    load: () => dimensionTable(dimension, params, signal),
  }));
  return tabbedPanel(id, tabs);
}

export async function dimensionTable(dimension, params, signal) {
  const question = dimensionQuestion(dimension, params);
  const answer = await askQuestion(tableQuestion(question, BY_VIEWS), signal);
  return dimensionContent(dimension, question, answer, { params, signal });
}

export const dimensionQuestion = (dimension, params) => ({
  ...baseQuestion(params),
  dimensions: [dimension],
  metrics: metricsOf(dimension, params),
});

// The content of a panel, from the answer to tableQuestion(question, BY_VIEWS).
export function dimensionContent(dimension, question, answer, { params, signal }) {
  if (!answer.rows.length) return emptyContent(answer.freshness, params);
  const unit = unitOf(dimension);
  return questionTable(answer, {
    question,
    order: BY_VIEWS,
    columns: columnsFor(dimension, question, answer),
    weight: ({ views }) => views,
    title: `Views by ${dimensionLabel(dimension).toLowerCase()}`,
    fileName: `views-by-${dimension}`,
    unit,
    signal,
  });
}

function metricsOf(dimension, params) {
  if (dimension === "blog") return ["views"];
  return OF_BLOG.includes(dimension) || !knowsVisitors(params) ? ["views", "blogs"] : ["views", "blogs", "visitors"];
}

const unitOf = (dimension) => UNITS[dimension] ?? `${dimensionLabel(dimension).toLowerCase()}s`;
const capitalised = (text) => text[0].toUpperCase() + text.slice(1);

function columnsFor(dimension, { metrics, compare }, { totals, meta }) {
  const error = meta.distinct.visitors?.standard_error;
  return [
    labelColumn(dimension),
    numberColumn("Views", "views"),
    compare
      ? growthColumn()
      : { name: "Share", type: "number share", cell: (row) => formatShare(row.views, totals.views) },
    ...(metrics.includes("visitors") ? [visitorsColumn(error)] : []),
    ...(metrics.includes("blogs") ? [{ ...numberColumn("Blogs", "blogs"), type: "number blogs" }] : []),
  ];
}

export function labelColumn(dimension) {
  return {
    name: dimensionLabel(dimension),
    word: dimension,
    cell: (row) => dimensionLink(dimension, row[dimension]),
    sortKey: (row) => (row[dimension] === null ? null : labelOf(dimension, row[dimension])),
  };
}

export function numberColumn(name, word) {
  return { name, word, type: "number", cell: (row) => formatInteger(row[word]), sortKey: (row) => row[word] };
}

export const growthColumn = () => ({
  name: "Change",
  word: "growth",
  type: "number",
  title: "of the views, against the compared days",
  cell: ({ compared }) => growthNote(compared),
});

// The change in percent; without anything before there is none.
function growthNote(compared) {
  const growth = compared?.change.views ?? null;
  if (growth === null) return element("span", { class: "level", title: "No views in the compared days" }, "new");
  const title = `${formatInteger(compared.views)} in the compared days`;
  return element("span", { class: directionClass(growth), title }, formatGrowth(growth));
}

const visitorsColumn = (standardError) => ({
  ...numberColumn("Visitors", "visitors"),
  title: `approximate: the standard error is ${formatShare(standardError, 1)}`,
  cell: ({ visitors }) => element("span", { title: formatMargin(visitors, standardError) }, formatInteger(visitors)),
});

// The value as a filter names it.
const plainValue = (value) => value?.code ?? value?.id ?? value;

function labelOf(dimension, value) {
  if (dimension === "blog") return value?.title || "(no title)";
  if (value === null && dimension in NOTHING_KNOWN) return NOTHING_KNOWN[dimension];
  return valueLabel(dimension, plainValue(value));
}

export function dimensionLink(dimension, value) {
  const label = labelOf(dimension, value);
  const href = filterLink(dimension, plainValue(value));
  const filter = element("a", { href, title: `Only ${label}` }, label);
  return value?.url ? [filter, outsideLink(label, value.url)] : filter;
}

// A blog's own page. Its URL is stored without a scheme.
function outsideLink(name, url) {
  const attributes = { class: "outside", href: `https://${url}`, target: "_blank", rel: "noopener noreferrer" };
  return element("a", { ...attributes, title: `Open ${url}`, "aria-label": `Open ${name}` }, "↗");
}
