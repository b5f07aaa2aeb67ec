// Views over time: a chart, what it says under the cursor, and the same as a table.

import { changed, link } from "./address.js";
import { ask } from "./api.js";
import { chart, chartFrame } from "./chart.js";
import { csvButton } from "./csv.js";
import { element } from "./dom.js";
import { counted, direction, growth, whole } from "./numbers.js";
import { empty, fill } from "./panel.js";
import { grainOf, periods } from "./periods.js";
import { span } from "./question.js";
import { staleDays } from "./stale.js";
import { table } from "./table.js";
import { date, period, today } from "./times.js";

const HEIGHTS = [230, 96];
const WORDS = { day: "Day", week: "Week", month: "Month", year: "Year" };

export function timePanel({ points, fresh }, params, stale = []) {
  if (!points.some(({ y }) => y)) return { body: [nothing(params, fresh)], fresh };
  const grain = params.get("by") ?? grainOf(points);
  const all = periods(points, grain, span(params)).map((each) => ({ ...each, stale: changedWithin(each, stale) }));
  const told = element("p", { class: "readout" });
  const tell = (n) => told.replaceChildren(...spoken(all[n ?? all.length - 1], grain));
  const frame = chartFrame();
  tell(all.length - 1);
  chart(frame, { periods: all, title: summary(all, grain), heights: HEIGHTS, told: tell });
  return { body: [told, frame, key(all), asTable(all, grain)], tools: [asFile(all)], fresh };
}

// Drawn once more when it is known which days have changed.
export async function markStale(answer, params, signal) {
  try {
    const { points, fresh } = await answer;
    if (!fresh.pending || !points.length) return;
    const { start, end } = span(params);
    const first = start ?? points[0].x.slice(0, 10);
    const stale = await staleDays(first, end && end < today() ? end : today(), fresh.pending, signal);
    if (stale.length) fill("time", answer, (again) => timePanel(again, params, stale));
  } catch {
    // the panel has said what went wrong; the count of changed days stands under it
  }
}

const changedWithin = ({ start, end }, stale) => stale.some((day) => start <= day && day <= end);

function spoken(each, grain) {
  const parts = [element("strong", {}, period(each.start, grain)), element("span", {}, counted(each.number, "view"))];
  parts.push(grown(each));
  parts.push(element("span", {}, counted(each.distinct, "distinct blog")));
  if (!each.whole) parts.push(element("span", { class: "part" }, each.end >= today() ? "so far" : "in part"));
  if (each.stale) parts.push(element("span", { class: "stale" }, "changed since"));
  return parts;
}

function summary(all, grain) {
  const most = all.reduce((best, each) => (each.number > best.number ? each : best));
  const total = all.reduce((sum, each) => sum + each.number, 0);
  return `Chart of ${counted(total, "view")} in ${counted(all.length, grain)}; most, ${whole(most.number)}, ${period(most.start, grain)}. The table below has every number.`;
}

function key(all) {
  const kinds = [["whole", "Views"], ...(all.some((each) => !each.whole && !each.stale) ? [["part", "Views of a part of the period"]] : [])];
  if (all.some((each) => each.stale)) kinds.push(["stale", "Changed since the roll-up"]);
  kinds.push(["second", "Distinct blogs (below)"]);
  return element("ul", { class: "key" }, kinds.map(([kind, words]) => element("li", { class: kind }, words)));
}

function asTable(all, grain) {
  const number = true;
  const columns = [{ name: WORDS[grain] }, { name: "Views", number }, { name: "Growth", number }, { name: "Distinct blogs", number }];
  const rows = all.toReversed().map((each) => ({ cells: row(each, grain), weight: each.number, kind: each.stale ? "changed" : null }));
  const parts = table({ caption: "Views over time", columns, rows, first: 15, unit: "periods" });
  return element("details", {}, element("summary", {}, "As a table"), parts);
}

function row(each, grain) {
  const note = each.stale ? " · changed since" : each.whole ? "" : each.end >= today() ? " · so far" : " · in part";
  return [`${period(each.start, grain)}${note}`, whole(each.number), grown(each), whole(each.distinct)];
}

// A part of a period against a whole one says little: it is neither good news nor bad.
function grown(each) {
  if (each.first) return element("span", { class: "level", title: "Nothing before to compare with" }, "–");
  return element("span", { class: each.whole ? direction(each.growth) : "level" }, growth(each.growth));
}

function asFile(all) {
  const rows = all.map((each) => [each.start, each.end, each.number, each.growth, each.distinct]);
  return csvButton("views-over-time", "Views over time", ["first day", "last day", "views", "growth %", "distinct blogs"], rows);
}

function nothing(params, { asOf }) {
  if (!asOf) return empty("Nothing has been rolled up yet. Add views, then run manage.py precalculate_stats.");
  const where = element("p", { class: "hint" });
  elsewhere(where);
  return empty("No views in this period with these filters.", where);
}

// An old log has no views in the last thirty days: say where they are.
async function elsewhere(where) {
  const { points } = await ask("/api/analytics/performance/", { compare: "day" }).catch(() => ({ points: [] }));
  if (!points.length) return where.replaceChildren("There are no views at all yet.");
  const [first, last] = [points[0], points.at(-1)].map(({ x }) => date(x.slice(0, 10)));
  const all = changed({ range: "all", year: null, from: null, to: null });
  where.replaceChildren(`There are views from ${first} to ${last}. `, element("a", { href: link(all) }, "Show all time"));
}
