// Counts of events: over time, by category, by name.

import { changed, link } from "./address.js";
import { csvButton } from "./csv.js";
import { element } from "./dom.js";
import { NOT_YET } from "./fresh.js";
import { whole } from "./numbers.js";
import { empty } from "./panel.js";
import { series } from "./series.js";
import { table } from "./table.js";

const NOTHING = "No events in this period with these filters.";
const number = true;
const TITLES = {
  category: ["Category", "Events by category", "categories"],
  name: ["Name", "Events by name", "names"],
};

export function seriesPanel({ points, fresh }, params, stale = []) {
  if (!points.some(({ y }) => y)) return { body: [nothing(fresh)], fresh };
  return { ...series({ points, params, of: "event", distinct: "session", title: "Events over time", stale }), fresh };
}

export function countsPanel({ points, fresh }, by) {
  if (!points.length) return { body: [nothing(fresh)], fresh };
  const [word, caption, unit] = TITLES[by];
  const columns = [{ name: word }, { name: "Events", number }, { name: "Sessions", number }];
  const rows = points.map(({ x, y, z }) => ({ cells: [filter(by, x), whole(z), whole(y)], weight: z }));
  const file = points.map(({ x, y, z }) => [x, z, y]);
  const tools = [csvButton(`events-by-${by}`, caption, [by, "events", "sessions"], file)];
  return { body: table({ caption, columns, rows, unit }), tools, fresh };
}

const nothing = ({ asOf }) => empty(asOf ? NOTHING : NOT_YET);

const filter = (by, value) =>
  element("a", { href: link(changed({ [by]: value, page: null })), title: `Only ${value}` }, value || "(empty)");
