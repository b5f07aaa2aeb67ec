// A table with bars behind its first column. Long ones begin with ten rows and show the others when asked to.

import { element } from "./dom.js";

const FIRST = 10;

// columns: { name, number } or { name, words }; rows: { cells, weight, kind }
export function table({ caption, columns, rows, first = FIRST, unit = "rows" }) {
  const most = Math.max(0, ...rows.map((row) => row.weight ?? 0));
  const body = element(
    "tbody",
    {},
    rows.slice(0, first).map((row) => line(row, columns, most)),
  );
  const whole = element(
    "table",
    { class: most ? "bars" : null },
    element("caption", { class: "unseen" }, caption),
    head(columns),
    body,
  );
  const frame = element("div", { class: "scrolled", role: "region", "aria-label": caption, tabindex: "0" }, whole);
  if (rows.length <= first) return [frame];
  const more = () => {
    body.append(...rows.slice(first).map((row) => line(row, columns, most)));
    button.remove();
    frame.focus();
  };
  const button = element("button", { type: "button", class: "more", click: more }, `Show all ${rows.length} ${unit}`);
  return [frame, button];
}

function head(columns) {
  const cells = columns.map((column) => element("th", { scope: "col", class: kind(column) }, column.name));
  return element("thead", {}, element("tr", {}, cells));
}

function line({ cells, weight, kind }, columns, most) {
  const filled = cells.map((cell, n) =>
    n || columns[0].words ? value(cell, columns[n]) : label(cell, weight, most),
  );
  return element("tr", { class: kind }, filled);
}

function label(cell, weight, most) {
  const share = most && weight ? `${(100 * weight) / most}%` : null;
  return element("th", { scope: "row", class: share ? "barred" : null, "--share": share }, element("span", {}, cell));
}

const value = (cell, column) => element("td", { class: kind(column) }, cell);
const kind = ({ number, words }) => (number ? "number" : words ? "words" : null);
