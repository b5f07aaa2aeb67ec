// The panel of views over time. Where there are none, it says when there are some.

import { formatDate } from "./date_format.js";
import { element } from "./dom.js";
import { noViewsText } from "./empty_panel.js";
import { firstStepsLink } from "./first_steps.js";
import { NOT_ROLLED_UP } from "./freshness.js";
import { linkTo, paramsWith } from "./navigation.js";
import { pageData } from "./page_data.js";
import { emptyMessage } from "./panel.js";
import { askQuestion } from "./query_api.js";
import { baseQuestion } from "./question_filters.js";
import { isSharedView } from "./shared_filters.js";
import { timePanel } from "./time_panel.js";

export function viewsOverTimePanel({ freshness, ...series }, params, staleDays = []) {
  if (!series.points.some(({ total }) => total)) {
    return { body: [noViews(freshness, params)], freshness: { ...freshness, estimates: [] } };
  }
  const text = { unit: "view", distinctUnit: "distinct blog", title: "Views over time" };
  return { ...timePanel({ ...series, params, text, staleDays }), freshness };
}

function noViews({ asOf }, params) {
  const hint = element("p", { class: "hint" });
  if (pageData.seesNoSite) {
    hint.append("Ask an administrator to give you some, under Site access.");
    return emptyMessage("You may not see any site yet.", hint);
  }
  if (!asOf) return emptyMessage(NOT_ROLLED_UP, isSharedView ? null : firstStepsLink());
  showOtherPeriods(hint, params);
  return emptyMessage(noViewsText(params), hint);
}

// The views of an imported log may all be older than the last thirty days.
async function showOtherPeriods(hint, params) {
  const edges = await Promise.all(["asc", "desc"].map((direction) => edgeDay(params, direction))).catch(() => []);
  if (!edges[0]) return hint.replaceChildren("There are none in any other period either.");
  const [first, last] = edges.map(formatDate);
  const allTime = paramsWith({ range: "all", year: null, from: null, to: null });
  const link = element("a", { href: linkTo(allTime) }, "Show all time");
  hint.replaceChildren(`There are some from ${first} to ${last}. `, link);
}

// The first or the last day with views.
async function edgeDay(params, direction) {
  const question = { ...baseQuestion(params), range: undefined, compare: undefined };
  const days = { metrics: ["views"], dimensions: ["time:day"], order_by: [["time", direction]], limit: 1 };
  const { rows } = await askQuestion({ ...question, ...days });
  return rows[0]?.time;
}
