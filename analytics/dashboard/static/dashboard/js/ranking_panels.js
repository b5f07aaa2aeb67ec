// Panels of countries, blogs and authors, most viewed first.

import { countryName, UNKNOWN } from "./countries.js";
import { csvButton } from "./csv.js";
import { element } from "./dom.js";
import { linkTo, paramsWith } from "./navigation.js";
import { formatInteger, formatShare } from "./number_format.js";
import { emptyMessage } from "./panel.js";
import { table } from "./table.js";
import { areAll } from "./viewed_blogs.js";
import { worldMap } from "./world_map.js";

const NO_VIEWS = "No views in this period with these filters.";

const columnsOf = (label, ...numbers) => [{ name: label }, ...numbers.map((name) => ({ name, type: "number" }))];
const emptyPanel = (freshness) => ({ body: [emptyMessage(NO_VIEWS)], freshness });

export async function countriesPanel({ points, freshness }) {
  if (!points.length) return emptyPanel(freshness);
  const allViews = points.reduce((sum, { total }) => sum + total, 0);
  const rows = points.map(({ label: code, total, distinct }) => ({
    cells: [countryLink(code), formatInteger(total), formatShare(total, allViews), formatInteger(distinct)],
    weight: total,
  }));
  const csvRows = points.map(({ label: code, total, distinct }) => [
    code,
    code === UNKNOWN ? code : countryName(code),
    total,
    distinct,
  ]);
  const map = await worldMap(new Map(points.map(({ label: code, total }) => [code, total])));
  const columns = columnsOf("Country", "Views", "Share", "Blogs");
  const list = element("div", {}, table({ caption: "Views by country", columns, rows, unit: "countries" }));
  const header = ["code", "country", "views", "distinct blogs"];
  return {
    body: [element("div", { class: "map-and-table" }, map, list)],
    tools: [csvButton("views-by-country", "Views by country", header, csvRows)],
    freshness,
  };
}

// fetchAll: a function that promises the points of all blogs, of which the answer may list only the first
export function blogsPanel(answer, fetchAll) {
  const isWhole = areAll(answer.points);
  const panel = rankingPanel(answer, {
    title: "Top blogs",
    columns: columnsOf("Blog", "Views", "Countries"),
    csvHeader: ["title", "views", "distinct countries"],
    unit: "blogs",
    labelElement: blogTitle,
    ...(!isWhole && { fetchAll }),
  });
  const note = element(
    "p",
    { class: "hint" },
    `The first ${formatInteger(answer.points.length)}; the CSV file has all.`,
  );
  return isWhole ? panel : { ...panel, body: [...panel.body, note] };
}

export function authorsPanel(answer) {
  return rankingPanel(answer, {
    title: "Top authors",
    columns: columnsOf("Author", "Views", "Blogs"),
    csvHeader: ["author", "views", "distinct blogs"],
    unit: "authors",
    labelElement: authorLink,
  });
}

function rankingPanel({ points, freshness }, { title, columns, csvHeader, unit, labelElement, fetchAll }) {
  if (!points.length) return emptyPanel(freshness);
  const rows = points.map(({ label, total, distinct }) => ({
    cells: [labelElement(label), formatInteger(total), formatInteger(distinct)],
    weight: total,
  }));
  const toCsvRow = ({ label, total, distinct }) => [label, total, distinct];
  const csvRows = fetchAll ? async () => (await fetchAll()).map(toCsvRow) : points.map(toCsvRow);
  const fileName = title.toLowerCase().replace(" ", "-");
  return {
    body: table({ caption: title, columns, rows, unit }),
    tools: [csvButton(fileName, title, csvHeader, csvRows)],
    freshness,
  };
}

const blogTitle = (title) => element("span", { title }, title || "(no title)");
const authorLink = (name) => element("a", { href: linkTo(paramsWith({ author: name })), title: `Only ${name}` }, name);

function countryLink(code) {
  const name = countryName(code);
  return element("a", { href: linkTo(paramsWith({ country: code, not: null })), title: `Only ${name}` }, name);
}
