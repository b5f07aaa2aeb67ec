// Panels that list single events and rejected events, newest first, page by page.

import { csvButton } from "./csv.js";
import { formatDateTime } from "./date_format.js";
import { element } from "./dom.js";
import { currentParams, linkTo, paramsWith } from "./navigation.js";
import { formatCount, formatInteger } from "./number_format.js";
import { emptyMessage } from "./panel.js";
import { table } from "./table.js";

const textColumns = (...names) => names.map((name) => ({ name, type: "text" }));

const EVENT_COLUMNS = textColumns("When", "Category", "Name", "Session", "Data");
const EVENT_CSV_HEADER = ["timestamp", "category", "name", "session_id", "data"];
const REJECTED_COLUMNS = textColumns("When", "Event", "Field", "Reason", "Application", "Payload");
const REJECTED_CSV_HEADER = ["when", "event", "field", "reason", "application", "payload"];

export function latestEventsPanel(page, pageSize) {
  if (!page.results.length) return { body: [emptyMessage("No events in this period with these filters.")] };
  const rows = page.results.map((event) => ({
    cells: [
      timeElement(event.timestamp),
      filterLink("category", event.category),
      filterLink("name", event.name),
      filterLink("session", event.session_id),
      jsonDetails(event.data),
    ],
  }));
  const csvRows = page.results.map(({ timestamp, category, name, session_id, data }) => [
    timestamp,
    category,
    name,
    session_id,
    JSON.stringify(data),
  ]);
  const list = table({ caption: "Latest events", columns: EVENT_COLUMNS, rows, initialRows: pageSize });
  return {
    body: [...list, pager(page, "page", pageSize, "event")],
    tools: [csvButton("latest-events", "These events", EVENT_CSV_HEADER, csvRows)],
  };
}

export function rejectedEventsPanel(page, pageSize) {
  if (!page.results.length) return { body: [emptyMessage("No rejected events in this period.")] };
  const rows = page.results.map((rejected) => ({
    cells: [
      timeElement(rejected.timestamp),
      categoryAndName(rejected),
      rejected.field,
      element("span", { class: "reason" }, rejected.reason),
      applicationName(rejected),
      jsonDetails(rejected.payload),
    ],
  }));
  const csvRows = page.results.map((rejected) => [
    rejected.timestamp,
    categoryAndName(rejected),
    rejected.field,
    rejected.reason,
    applicationName(rejected),
    JSON.stringify(rejected.payload),
  ]);
  const list = table({ caption: "Rejected events", columns: REJECTED_COLUMNS, rows, initialRows: pageSize });
  return {
    body: [...list, pager(page, "errors", pageSize, "rejected event")],
    tools: [csvButton("rejected-events", "These rejected events", REJECTED_CSV_HEADER, csvRows)],
  };
}

const categoryAndName = ({ category, name }) => `${category} / ${name}`;
const applicationName = ({ application }) => application ?? "–";
const timeElement = (timestamp) => element("time", { datetime: timestamp }, formatDateTime(new Date(timestamp)));

function filterLink(filter, value) {
  return element("a", { href: linkTo(paramsWith({ [filter]: value, page: null })), title: `Only ${value}` }, value);
}

// One line of JSON that opens into all of it, indented.
function jsonDetails(value) {
  const oneLine = JSON.stringify(value) ?? "";
  if (oneLine === "{}") return element("span", { class: "hint" }, "–");
  const indented = element("pre", {}, JSON.stringify(value, null, 2));
  return element("details", { class: "json" }, element("summary", {}, element("code", {}, oneLine)), indented);
}

// pageParam: the URL parameter that holds the number of the page
function pager({ count, next, previous }, pageParam, pageSize, unit) {
  const current = Number(currentParams().get(pageParam) ?? 1);
  const [first, last] = [(current - 1) * pageSize + 1, Math.min(current * pageSize, count)];
  const pageLink = (text, number, rel) =>
    element("a", { href: linkTo(paramsWith({ [pageParam]: number > 1 ? number : null })), rel }, text);
  return element(
    "nav",
    { class: "pager", "aria-label": `Pages of ${unit}s` },
    element("span", {}, `${formatInteger(first)}–${formatInteger(last)} of ${formatCount(count, unit)}`),
    previous && pageLink("Newer", current - 1, "prev"),
    next && pageLink("Older", current + 1, "next"),
  );
}
