// Notes about days: a mark in each chart over time, and a list with a form below it.

import { fetchJson } from "./api.js";
import { authenticatedFetch } from "./authenticated_fetch.js";
import { cssColour } from "./chart_common.js";
import { formatDate } from "./date_format.js";
import { today } from "./dates.js";
import { byId, element } from "./dom.js";
import { showNotice } from "./notice.js";
import { isSharedView } from "./shared_filters.js";
import { periodDays } from "./url_filters.js";

const NOTES_URL = "/api/analytics/notes/";
const MAX_NOTES = 100;
const NEAR_PX = 8;

const charts = new Set();
let notes = [];

// A plugin of uPlot: a dashed line on each day with a note, whose text is shown under the cursor.
export function notesPlugin() {
  return {
    hooks: {
      init: (chart) => charts.add(chart),
      destroy: (chart) => charts.delete(chart),
      draw: drawMarks,
      setCursor: (chart) => {
        chart.over.title = notes
          .filter((note) => Math.abs(position(chart, note) - chart.cursor.left) < NEAR_PX)
          .map(noteText)
          .join("\n");
      },
    },
  };
}

const position = (chart, { day }) => chart.valToPos(Date.parse(day) / 1000, "x");
const noteText = ({ day, text, site }) => `${formatDate(day)}: ${text}${site ? ` (${site})` : ""}`;

function drawMarks(chart) {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.strokeStyle = cssColour("--text-muted");
  ctx.setLineDash([4, 4]);
  for (const { day } of notes) {
    const left = Math.round(chart.valToPos(Date.parse(day) / 1000, "x", true));
    if (left < bbox.left || left > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(left, bbox.top);
    ctx.lineTo(left, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}

export async function showNotes(params) {
  if (isSharedView) return;
  const { start, end } = periodDays(params);
  const query = { limit: MAX_NOTES, ...(start && { start_date: start }), ...(end && { end_date: end }) };
  notes = await fetchJson(NOTES_URL, query).then(({ results }) => results, () => []);
  byId("note-list").replaceChildren(...notes.map((note) => noteItem(note, params)));
  for (const chart of charts) chart.redraw();
}

function noteItem(note, params) {
  const remove = () => change(`${NOTES_URL}${note.id}/`, { method: "DELETE" }, params);
  const attributes = { type: "button", class: "secondary", click: remove, "aria-label": `Delete ${noteText(note)}` };
  return element("li", {}, `${noteText(note)} `, element("button", attributes, "Delete"));
}

export function setUpNotes(currentParams) {
  const form = byId("note-form"); // a shared view has no such form
  if (!form) return;
  form.elements.day.value = today();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { day, text } = Object.fromEntries(new FormData(form));
    const site = currentParams().get("site");
    const body = JSON.stringify({ day, text, ...(site && { site }) });
    const headers = { "Content-Type": "application/json" };
    change(NOTES_URL, { method: "POST", headers, body }, currentParams());
    form.elements.text.value = "";
  });
}

async function change(path, options, params) {
  const response = await authenticatedFetch(path, options);
  const answer = response.ok ? null : await response.json().catch(() => null);
  showNotice(response.ok ? "" : `The note: ${Object.values(answer ?? {}).flat().join(" ")}`);
  await showNotes(params);
}
