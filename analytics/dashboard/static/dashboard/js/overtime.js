// Views over time; where there are none, when there are some.

import { changed, link } from "./address.js";
import { ask } from "./api.js";
import { element } from "./dom.js";
import { NOT_YET } from "./fresh.js";
import { empty } from "./panel.js";
import { dated, filters } from "./question.js";
import { series } from "./series.js";
import { date } from "./times.js";

const PERFORMANCE = "/api/analytics/performance/";

export function timePanel({ points, fresh }, params, stale = []) {
  if (!points.some(({ y }) => y)) return { body: [nothing(fresh, params)], fresh };
  return {
    ...series({ points, params, of: "view", distinct: "distinct blog", title: "Views over time", stale }),
    fresh,
  };
}

function nothing({ asOf }, params) {
  if (!asOf) return empty(NOT_YET);
  const where = element("p", { class: "hint" });
  elsewhere(where, params);
  return empty("No views in this period with these filters.", where);
}

// An old log has no views in the last thirty days: say where they are.
async function elsewhere(where, params) {
  const anytime = { ...dated(filters(params), {}), compare: "day" };
  const { points } = await ask(PERFORMANCE, anytime).catch(() => ({ points: [] }));
  if (!points.length) return where.replaceChildren("Nor are there any at another time.");
  const [first, last] = [points[0], points.at(-1)].map(({ x }) => date(x.slice(0, 10)));
  const all = changed({ range: "all", year: null, from: null, to: null });
  where.replaceChildren(
    `There are some from ${first} to ${last}. `,
    element("a", { href: link(all) }, "Show all time"),
  );
}
