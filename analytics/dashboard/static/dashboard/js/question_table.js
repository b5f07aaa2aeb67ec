// A table of every row that a question has: sorted by any column, page by page, and as a CSV file.
// An answer that holds all rows is sorted here. Otherwise the API sorts, so that the order is exact over all of them.

import { saveButton } from "./csv.js";
import { element } from "./dom.js";
import { showNotice } from "./notice.js";
import { formatInteger } from "./number_format.js";
import { askQuestion, downloadCsv } from "./query_api.js";
import { tableRow } from "./table.js";

const PAGE_SIZES = [10, 25, 100]; // each divides LOADED_ROWS, so that a page never lies in two answers
const LOADED_ROWS = 100;
const COMPARED_ORDERS = ["change", "growth"]; // they have rows also for what only the compared span has

// The question for the first rows of a table in one of its orders, such as ["views", "desc"]. The time is no row of it.
export const tableQuestion = (question, order) => ({
  ...question,
  order_by: [order],
  limit: question.limit ?? LOADED_ROWS,
  include: ["totals"],
});

// answer: what the API said to tableQuestion(question, order)
// columns: { name, word, cell, sortKey, type, title }. `word` is the name of the column in order_by (without one it is no
// order), `cell` makes the content of a row, and `sortKey` what it is sorted by here (null comes last).
// weight: the length of the bar of a row
// Return the content of a panel.
export function questionTable(answer, { question, order, columns, weight, title, fileName, unit = "rows", signal }) {
  const state = { order, offset: 0, size: PAGE_SIZES[0], count: answer.meta.rows_before_limit, latest: 0 };
  const maxWeight = answer.rows.reduce((most, row) => Math.max(most, weight(row)), 0);
  const isWhole = answer.rows.length === answer.meta.rows_before_limit;
  let loaded = { order, offset: 0, rows: answer.rows };

  const head = columns.map((column) => headCell(column, () => sortBy(column)));
  const body = element("tbody");
  const content = element(
    "table",
    { class: "has-bars" },
    element("caption", { class: "visually-hidden" }, title),
    element("thead", {}, element("tr", {}, head)),
    body,
  );
  const area = element("div", { class: "scroll-area", role: "region", "aria-label": title, tabindex: "0" }, content);
  const pager = pageControls(unit, state, (changes) => show({ ...state, ...changes }));

  function sortBy({ word, type }) {
    const [current, direction] = state.order;
    const first = type === "number" ? "desc" : "asc";
    const other = first === "desc" ? "asc" : "desc";
    return show({ ...state, order: [word, current === word && direction === first ? other : first], offset: 0 });
  }

  // Show the rows of another state, once they are there; of several that were asked for, the latest.
  async function show(wanted) {
    const turn = ++state.latest;
    area.setAttribute("aria-busy", "true");
    try {
      const found = await rowsOf(wanted);
      if (turn !== state.latest) return;
      Object.assign(state, wanted, { count: found.count, latest: turn });
      draw(found.rows);
    } catch (error) {
      if (error.name !== "AbortError" && turn === state.latest) showNotice(`${title}: ${error.message}`);
    }
    if (turn === state.latest) area.setAttribute("aria-busy", "false");
  }

  async function rowsOf({ order: wanted, offset, size }) {
    const column = columns.find(({ word }) => word === wanted[0]);
    if (isWhole && !COMPARED_ORDERS.includes(wanted[0])) {
      const rows = `${wanted}` === `${order}` ? answer.rows : sortedRows(answer.rows, column, wanted[1]);
      return { rows: rows.slice(offset, offset + size), count: rows.length };
    }
    const start = offset - offset % LOADED_ROWS;
    let { count } = state;
    if (`${wanted}` !== `${loaded.order}` || start !== loaded.offset) {
      const asked = { ...tableQuestion(question, wanted), include: [], limit: LOADED_ROWS, offset: start };
      const { rows, meta } = await askQuestion(asked, signal);
      loaded = { order: wanted, offset: start, rows };
      count = meta.rows_before_limit;
    }
    return { rows: loaded.rows.slice(offset - start, offset - start + size), count };
  }

  function draw(rows) {
    body.replaceChildren(...rows.map((row) =>
      tableRow(
        { cells: columns.map(({ cell }) => cell(row)), weight: weight(row) },
        columns,
        maxWeight,
      )
    ));
    for (const [index, { word }] of columns.entries()) {
      const [sorted, direction] = state.order;
      if (word === sorted) head[index].setAttribute("aria-sort", direction === "desc" ? "descending" : "ascending");
      else head[index].removeAttribute("aria-sort");
    }
    pager.update();
  }

  draw(answer.rows.slice(0, state.size));
  const csvQuestion = () => ({ ...question, order_by: [state.order], limit: undefined });
  return {
    body: [area, pager.element],
    tools: [saveButton(title, () => downloadCsv(csvQuestion(), fileName))],
    freshness: answer.freshness,
  };
}

function headCell({ name, word, type, title }, onClick) {
  if (!word) return element("th", { scope: "col", class: type }, name);
  const button = element("button", { type: "button", class: "sort", title, click: onClick }, name);
  return element("th", { scope: "col", class: type }, button);
}

function sortedRows(rows, { sortKey }, direction) {
  const sign = direction === "desc" ? -1 : 1;
  return rows.toSorted((one, other) => {
    const [left, right] = [sortKey(one), sortKey(other)];
    if (left === null || right === null) return (left === null) - (right === null);
    return sign * (typeof left === "string" ? left.localeCompare(right) : left - right);
  });
}

// Where the shown rows are among all, with buttons for those before and after.
function pageControls(unit, state, change) {
  const button = (label, text, step) =>
    element("button", { type: "button", class: "secondary", "aria-label": label, click: () => turn(step) }, text);
  const turn = (step) => {
    const offset = state.offset + step * state.size;
    if (offset >= 0 && offset < state.count) change({ offset });
  };
  const [before, after] = [button(`Previous ${unit}`, "‹", -1), button(`Next ${unit}`, "›", 1)];
  const position = element("span", { role: "status" });
  const size = element("select", {
    "aria-label": `Number of ${unit} on a page`,
    change: () => change({ size: Number(size.value), offset: 0 }),
  }, PAGE_SIZES.map((rows) => element("option", { value: rows }, `${rows} rows`)));
  const controls = element("div", { class: "table-pager" }, before, position, after, size);
  return {
    element: controls,
    update() {
      const { offset, size: rows, count } = state;
      const last = Math.min(offset + rows, count);
      position.textContent = `${formatInteger(offset + 1)}–${formatInteger(last)} of ${formatInteger(count)} ${unit}`;
      setDisabled(before, offset === 0);
      setDisabled(after, last === count);
      controls.hidden = count <= PAGE_SIZES[0];
    },
  };
}

// A button that is disabled keeps the keyboard's focus, so that the next press of the Tab key starts from it.
function setDisabled(button, disabled) {
  button.setAttribute("aria-disabled", `${disabled}`);
}
