// The blogs whose views changed most against the compared days, as a number or in percent.

import { growthColumn, labelColumn, numberColumn } from "./dimension_panels.js";
import { element } from "./dom.js";
import { emptyContent } from "./empty_panel.js";
import { formatDate } from "./date_format.js";
import { directionClass, formatChange, formatInteger } from "./number_format.js";
import { emptyMessage } from "./panel.js";
import { askQuestion } from "./query_api.js";
import { baseQuestion, hasBothEnds } from "./question_filters.js";
import { questionTable, tableQuestion } from "./question_table.js";
import { tabbedPanel } from "./tabs.js";

const DIRECTIONS = [
  { key: "gained", name: "Gained", order: ["change", "desc"] },
  { key: "lost", name: "Lost", order: ["change", "asc"] },
  { key: "grew", name: "Gained in %", order: ["growth", "desc"] },
  { key: "fell", name: "Lost in %", order: ["growth", "asc"] },
];

export function moversPanel(params, signal) {
  if (!hasBothEnds(params)) {
    return { body: [emptyMessage("All time has nothing before it to compare with. Choose a period.")] };
  }
  const question = { compare: "previous", ...defined(baseQuestion(params)), dimensions: ["blog"], metrics: ["views"] };
  const load = (order) => moversTable(question, order, params, signal);
  return tabbedPanel("movers", DIRECTIONS.map(({ order, ...tab }) => ({ ...tab, load: () => load(order) })));
}

async function moversTable(question, order, params, signal) {
  const answer = await askQuestion(tableQuestion(question, order), signal);
  if (!answer.rows.length) return emptyContent(answer.freshness, params);
  const { start_date: first, end_date: last } = answer.meta.compared;
  const content = questionTable(answer, {
    question,
    order,
    columns: [
      labelColumn("blog"),
      { ...numberColumn("Change", "change"), cell: changeNote },
      { ...growthColumn(), name: "%" },
      numberColumn("Views", "views"),
    ],
    weight: (row) => Math.abs(changeOf(row)),
    title: "Blogs by the change of their views",
    fileName: `movers-by-${order[0]}`,
    unit: "blogs",
    signal,
  });
  const days = first === last ? formatDate(first) : `${formatDate(first)} – ${formatDate(last)}`;
  return { ...content, body: [element("p", { class: "hint" }, `Compared with ${days}`), ...content.body] };
}

const defined = (question) => Object.fromEntries(Object.entries(question).filter(([, value]) => value !== undefined));

const changeOf = ({ views, compared }) => views - (compared?.views ?? 0);

function changeNote(row) {
  const title = `${formatInteger(row.views)} after ${formatInteger(row.views - changeOf(row))}`;
  return element("span", { class: directionClass(changeOf(row)), title }, formatChange(changeOf(row)));
}
