// A series over time: a chart, what it says under the cursor, and the same as a table and a file.

import { chart, drawnAsLine } from "./chart.js";
import { csvButton } from "./csv.js";
import { element } from "./dom.js";
import { counted, direction, growth, whole } from "./numbers.js";
import { grainOf, periods } from "./periods.js";
import { span } from "./question.js";
import { table } from "./table.js";
import { period, today } from "./times.js";

const WORDS = { day: "Day", week: "Week", month: "Month", year: "Year" };

// of, distinct: what is counted, in the singular; stale: days that have changed since
export function series({ points, params, of, distinct, title, stale = [] }) {
  const grain = params.get("by") ?? grainOf(points);
  const all = periods(points, grain, span(params)).map((each) => ({ ...each, stale: changedWithin(each, stale) }));
  const words = { of, distinct, title, grain };
  const told = element("p", { class: "readout" });
  const tell = (n) => told.replaceChildren(...spoken(all[n ?? all.length - 1], words));
  const frame = chart(all, summary(all, words), tell);
  tell(null);
  return { body: [told, frame, key(all, words), asTable(all, words)], tools: [asFile(all, words)] };
}

const changedWithin = ({ start, end }, stale) => stale.some((day) => start <= day && day <= end);

function spoken(each, { of, distinct, grain }) {
  const parts = [
    element("strong", {}, period(each.start, grain)),
    element("span", {}, counted(each.number, of)),
    grown(each),
  ];
  parts.push(element("span", {}, counted(each.distinct, distinct)));
  if (!each.whole) parts.push(element("span", { class: "part" }, partly(each)));
  if (each.stale) parts.push(element("span", { class: "stale" }, "changed since"));
  return parts;
}

const partly = ({ end }) => (end >= today() ? "so far" : "in part");

// A part of a period against a whole one says little: it is neither good news nor bad.
function grown(each) {
  if (each.first) return element("span", { class: "level", title: "Nothing before to compare with" }, "–");
  return element("span", { class: each.whole ? direction(each.growth) : "level" }, growth(each.growth));
}

function summary(all, { of, grain, title }) {
  const most = all.reduce((best, each) => (each.number > best.number ? each : best));
  const total = all.reduce((sum, each) => sum + each.number, 0);
  return `${title}: ${counted(total, of)} in ${counted(all.length, grain)}; most, ${whole(most.number)}, ${period(most.start, grain)}. The table below has every number.`;
}

function key(all, { of, distinct }) {
  const part = !drawnAsLine(all) && all.some((each) => !each.whole && !each.stale);
  const kinds = [
    ["whole", plural(of)],
    ...(part ? [["part", "Part of a period"]] : []),
    ...(all.some((each) => each.stale) ? [["stale", "Changed since the roll-up"]] : []),
    ["second", `${plural(distinct)} (below)`],
  ];
  return element(
    "ul",
    { class: "key" },
    kinds.map(([kind, words]) => element("li", { class: kind }, words)),
  );
}

const plural = (word) => `${word[0].toUpperCase()}${word.slice(1)}s`;

function asTable(all, { of, distinct, title, grain }) {
  const number = true;
  const columns = [
    { name: WORDS[grain] },
    { name: plural(of), number },
    { name: "Growth", number },
    { name: plural(distinct), number },
  ];
  const rows = all
    .toReversed()
    .map((each) => ({ cells: row(each, grain), weight: each.number, kind: each.stale ? "changed" : null }));
  const parts = table({ caption: title, columns, rows, first: 15, unit: "periods" });
  return element("details", {}, element("summary", {}, "As a table"), parts);
}

function row(each, grain) {
  const note = each.stale ? " · changed since" : each.whole ? "" : ` · ${partly(each)}`;
  return [`${period(each.start, grain)}${note}`, whole(each.number), grown(each), whole(each.distinct)];
}

function asFile(all, { of, distinct, title }) {
  const rows = all.map((each) => [each.start, each.end, each.number, each.growth, each.distinct]);
  const head = ["first day", "last day", `${of}s`, "growth %", `${distinct}s`];
  return csvButton(title.toLowerCase().replaceAll(" ", "-"), title, head, rows);
}
