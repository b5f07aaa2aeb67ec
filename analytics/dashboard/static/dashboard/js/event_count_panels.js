// Panels that count events: over time, by category and by name.

import { csvButton } from "./csv.js";
import { element } from "./dom.js";
import { NOT_ROLLED_UP } from "./freshness.js";
import { linkTo, paramsWith } from "./navigation.js";
import { formatInteger } from "./number_format.js";
import { emptyMessage } from "./panel.js";
import { table } from "./table.js";
import { timePanel } from "./time_panel.js";

const NO_EVENTS = "No events in this period with these filters.";
const GROUPS = {
  category: { column: "Category", title: "Events by category", unit: "categories" },
  name: { column: "Name", title: "Events by name", unit: "names" },
};

export function eventsOverTimePanel({ points, freshness }, params, staleDays = []) {
  if (!points.some(({ total }) => total)) return { body: [noEvents(freshness)], freshness };
  const text = { unit: "event", distinctUnit: "session", title: "Events over time" };
  return { ...timePanel({ points, params, text, staleDays }), freshness };
}

export function eventCountsPanel({ points, freshness }, groupBy) {
  if (!points.length) return { body: [noEvents(freshness)], freshness };
  const { column, title, unit } = GROUPS[groupBy];
  const columns = [{ name: column }, { name: "Events", type: "number" }, { name: "Sessions", type: "number" }];
  const rows = points.map(({ label, total, distinct }) => ({
    cells: [filterLink(groupBy, label), formatInteger(total), formatInteger(distinct)],
    weight: total,
  }));
  const csvRows = points.map(({ label, total, distinct }) => [label, total, distinct]);
  const tools = [csvButton(`events-by-${groupBy}`, title, [groupBy, "events", "sessions"], csvRows)];
  return { body: table({ caption: title, columns, rows, unit }), tools, freshness };
}

const noEvents = ({ asOf }) => emptyMessage(asOf ? NO_EVENTS : NOT_ROLLED_UP);

function filterLink(filter, value) {
  const href = linkTo(paramsWith({ [filter]: value, page: null }));
  return element("a", { href, title: `Only ${value}` }, value || "(empty)");
}
