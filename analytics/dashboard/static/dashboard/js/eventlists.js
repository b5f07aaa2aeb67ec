// Events and errors one by one, newest first, a page at a time.

import { changed, here, link } from "./address.js";
import { csvButton } from "./csv.js";
import { element } from "./dom.js";
import { counted, whole } from "./numbers.js";
import { empty } from "./panel.js";
import { table } from "./table.js";
import { moment } from "./times.js";

export function latestPanel(page, rows) {
  if (!page.results.length) return { body: [empty("No events in this period with these filters.")] };
  const columns = [
    { name: "When" },
    { name: "Category" },
    { name: "Name" },
    { name: "Session" },
    { name: "Data" },
  ].map(wordy);
  const lines = page.results.map((each) => ({
    cells: [
      when(each.timestamp),
      filter("category", each.category),
      filter("name", each.name),
      filter("session", each.session_id),
      json(each.data),
    ],
  }));
  const file = page.results.map((each) => [
    each.timestamp,
    each.category,
    each.name,
    each.session_id,
    JSON.stringify(each.data),
  ]);
  const tools = [
    csvButton("latest-events", "These events", ["timestamp", "category", "name", "session_id", "data"], file),
  ];
  return {
    body: [
      ...table({ caption: "Latest events", columns, rows: lines, first: rows }),
      pager(page, "page", rows, "event"),
    ],
    tools,
  };
}

export function errorsPanel(page, rows) {
  if (!page.results.length) return { body: [empty("Nothing was set aside in this period.")] };
  const columns = [
    { name: "When" },
    { name: "Event" },
    { name: "Field" },
    { name: "Reason" },
    { name: "From" },
    { name: "As sent" },
  ].map(wordy);
  const lines = page.results.map((each) => ({
    cells: [
      when(each.timestamp),
      kind(each),
      each.field,
      element("span", { class: "reason" }, each.reason),
      sender(each),
      json(each.payload),
    ],
  }));
  const file = page.results.map((each) => [
    each.timestamp,
    kind(each),
    each.field,
    each.reason,
    sender(each),
    JSON.stringify(each.payload),
  ]);
  const tools = [
    csvButton("event-errors", "These errors", ["when", "event", "field", "reason", "application", "payload"], file),
  ];
  return {
    body: [
      ...table({ caption: "Events that were not good", columns, rows: lines, first: rows }),
      pager(page, "errors", rows, "error"),
    ],
    tools,
  };
}

const wordy = (column) => ({ ...column, words: true });
const kind = ({ category, name }) => `${category} / ${name}`;
const sender = ({ application }) => application ?? "–";
const when = (text) => element("time", { datetime: text }, moment(new Date(text)));
const filter = (by, value) =>
  element("a", { href: link(changed({ [by]: value, page: null })), title: `Only ${value}` }, value);

// Short as one line; opened, as it is.
function json(value) {
  const text = JSON.stringify(value) ?? "";
  if (text === "{}") return element("span", { class: "hint" }, "–");
  const whole = element("pre", {}, JSON.stringify(value, null, 2));
  return element("details", { class: "json" }, element("summary", {}, element("code", {}, text)), whole);
}

function pager({ count, next, previous }, name, rows, unit) {
  const at = Number(here().get(name) ?? 1);
  const [first, last] = [(at - 1) * rows + 1, Math.min(at * rows, count)];
  const to = (words, n) =>
    element("a", { href: link(changed({ [name]: n > 1 ? n : null })), rel: n > at ? "next" : "prev" }, words);
  return element(
    "nav",
    { class: "pager", "aria-label": `Pages of ${unit}s` },
    element("span", {}, `${whole(first)}–${whole(last)} of ${counted(count, unit)}`),
    previous && to("Newer", at - 1),
    next && to("Older", at + 1),
  );
}
