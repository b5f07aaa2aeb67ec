// A table with bars behind its first column. A long one starts with a few rows and has a button that shows the rest, some
// rows at a time.

import { element } from "./dom.js";
import { formatInteger } from "./number_format.js";

const INITIAL_ROWS = 10;
const MORE_ROWS = 200;

// columns: { name, type }, where type is "number" or "text"; only a first column without a type has bars
// rows: { cells, weight, className }, where weight is the length of the bar
export function table({ caption, columns, rows, initialRows = INITIAL_ROWS, unit = "rows" }) {
  const maxWeight = Math.max(0, ...rows.map((row) => row.weight ?? 0));
  const toRow = (row) => tableRow(row, columns, maxWeight);
  const body = element("tbody", {}, rows.slice(0, initialRows).map(toRow));
  const content = element(
    "table",
    { class: maxWeight ? "has-bars" : null },
    element("caption", { class: "visually-hidden" }, caption),
    tableHead(columns),
    body,
  );
  const scrollArea = element(
    "div",
    { class: "scroll-area", role: "region", "aria-label": caption, tabindex: "0" },
    content,
  );
  if (rows.length <= initialRows) return [scrollArea];
  const showMore = () => {
    const shown = body.rows.length;
    body.append(...rows.slice(shown, shown + MORE_ROWS).map(toRow));
    if (body.rows.length === rows.length) button.remove();
    else button.textContent = moreText(body.rows.length, rows.length, unit);
    scrollArea.focus();
  };
  const text = moreText(initialRows, rows.length, unit);
  const button = element("button", { type: "button", class: "show-all", click: showMore }, text);
  return [scrollArea, button];
}

function moreText(shown, count, unit) {
  if (count - shown <= MORE_ROWS) return `Show all ${formatInteger(count)} ${unit}`;
  return `Show ${MORE_ROWS} more of ${formatInteger(count)} ${unit}`;
}

function tableHead(columns) {
  const cells = columns.map(({ name, type }) => element("th", { scope: "col", class: type }, name));
  return element("thead", {}, element("tr", {}, cells));
}

export function tableRow({ cells, weight, className }, columns, maxWeight) {
  const content = cells.map((cell, index) => {
    const { type } = columns[index];
    return index || type === "text" ? element("td", { class: type }, cell) : labelCell(cell, weight, maxWeight);
  });
  return element("tr", { class: className }, content);
}

function labelCell(content, weight, maxWeight) {
  const share = maxWeight && weight ? `${(100 * weight) / maxWeight}%` : null;
  const attributes = { scope: "row", class: share ? "with-bar" : null, "--share": share };
  return element("th", attributes, element("span", {}, content));
}
