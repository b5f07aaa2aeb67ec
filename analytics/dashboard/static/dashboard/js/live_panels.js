// Panels of the live page: the most visited pages now, and those that rise or fall.

import { csvButton } from "./csv.js";
import { element } from "./dom.js";
import { directionClass, formatChange, formatInteger } from "./number_format.js";
import { emptyMessage } from "./panel.js";
import { sparkline } from "./sparkline.js";
import { table } from "./table.js";

const COLUMNS = [{ name: "Page" }, { name: "Visitors", type: "number" }, { name: "Change", type: "number" }];
const CSV_HEADER = ["path", "title", "visitors", "change"];

export function topPagesPanel(pages) {
  if (!pages.length) return { body: [emptyMessage("No visitors on this site right now.")] };
  const cells = (page) => pageCells(page, cameFrom(page.referrers));
  const columns = [...COLUMNS, { name: "Trend", type: "number" }];
  const rows = pages.map((page) => ({ cells: [...cells(page), sparkline(page.series)], weight: page.visitors }));
  return {
    body: table({ caption: "Top pages", columns, rows, initialRows: rows.length }),
    tools: [pagesCsv("top-pages", "Top pages", pages)],
  };
}

// explain: makes words of what the change of a page means
export function changingPagesPanel(pages, title, emptyText, explain) {
  if (!pages.length) return { body: [emptyMessage(emptyText)] };
  const cells = (page) => pageCells(page, explain(page));
  const rows = pages.map((page) => ({ cells: cells(page) }));
  const fileName = title.toLowerCase().replace(" ", "-");
  return {
    body: table({ caption: title, columns: COLUMNS, rows, initialRows: rows.length }),
    tools: [pagesCsv(fileName, title, pages)],
  };
}

const pageCells = (page, note) => [pageName(page, note), formatInteger(page.visitors), changeNote(page.change)];

function pageName({ path, title }, note) {
  const name = element("span", { title: `${title ?? ""}\n${path}`.trim() }, title || path);
  if (title && title !== path) name.append(element("small", {}, path));
  return note ? [name, element("span", { class: "note", title: note }, note)] : name;
}

// From which hosts the visitors of a page came: "from google.com 3, news.example 1".
function cameFrom(referrers) {
  if (!referrers.length) return "";
  return `from ${referrers.map(({ referrer, visitors }) => `${referrer} ${formatInteger(visitors)}`).join(", ")}`;
}

function changeNote(change) {
  if (change === null || change === undefined) {
    return element("span", { class: "level", title: "Not in the previous snapshot" }, "new");
  }
  return element("span", { class: directionClass(change) }, formatChange(change));
}

function pagesCsv(fileName, title, pages) {
  const rows = pages.map((page) => [page.path, page.title, page.visitors, page.change]);
  return csvButton(fileName, title, CSV_HEADER, rows);
}
