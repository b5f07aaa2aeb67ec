// The panel of views over time. Where there are none, it says when there are some.

import { fetchPeriods } from "./api.js";
import { formatDate } from "./date_format.js";
import { element } from "./dom.js";
import { NOT_ROLLED_UP } from "./freshness.js";
import { linkTo, paramsWith } from "./navigation.js";
import { emptyMessage } from "./panel.js";
import { timePanel } from "./time_panel.js";
import { replacePeriod, viewFilters } from "./url_filters.js";

const PERFORMANCE_URL = "/api/analytics/performance/";

export function viewsOverTimePanel({ points, freshness }, params, staleDays = []) {
  if (!points.some(({ total }) => total)) return { body: [noViews(freshness, params)], freshness };
  const text = { unit: "view", distinctUnit: "distinct blog", title: "Views over time" };
  return { ...timePanel({ points, params, text, staleDays }), freshness };
}

function noViews({ asOf }, params) {
  if (!asOf) return emptyMessage(NOT_ROLLED_UP);
  const hint = element("p", { class: "hint" });
  showOtherPeriods(hint, params);
  return emptyMessage("No views in this period with these filters.", hint);
}

// The views of an imported log may all be older than the last thirty days.
async function showOtherPeriods(hint, params) {
  const filters = { ...replacePeriod(viewFilters(params), {}), compare: "day" };
  const { points } = await fetchPeriods(PERFORMANCE_URL, filters).catch(() => ({ points: [] }));
  if (!points.length) return hint.replaceChildren("There are none in any other period either.");
  const [first, last] = [points[0], points.at(-1)].map(({ start }) => formatDate(start));
  const allTime = paramsWith({ range: "all", year: null, from: null, to: null });
  const link = element("a", { href: linkTo(allTime) }, "Show all time");
  hint.replaceChildren(`There are some from ${first} to ${last}. `, link);
}
