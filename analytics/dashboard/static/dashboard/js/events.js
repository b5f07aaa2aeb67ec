// The page of The Eye: events over time, by category and by name, the latest, and those that were not good.

import { follow, here } from "./address.js";
import { ask, get } from "./api.js";
import { showChips } from "./chips.js";
import { countsPanel, seriesPanel } from "./eventcounts.js";
import { errorsPanel, latestPanel } from "./eventlists.js";
import { fields, only, showFields } from "./fields.js";
import { showGrains } from "./grains.js";
import { fill } from "./panel.js";
import { showPresets } from "./presets.js";
import { span, when } from "./question.js";
import { said } from "./said.js";
import { markStale } from "./stale.js";

const COUNTS = "/api/analytics/events/";
const FILTERS = ["category", "name", "session"];
const NAMED = {
  category: (value) => `Category: ${value}`,
  name: (value) => `Name: ${value}`,
  session: (value) => `Session: ${value}`,
};
const ROWS = 20;

let asking = new AbortController();

function show() {
  asking.abort();
  asking = new AbortController();
  const params = here();
  showPresets(params);
  showGrains(params);
  showFields();
  showChips(NAMED);
  said(params, params.get("session") ? " · counts are of all sessions" : "");
  showAnswers(params, asking.signal);
}

function showAnswers(params, signal) {
  const count = (group_by, more) => ask(COUNTS, { group_by, ...when(params), ...kinds(params), ...more }, signal);
  const by = params.get("by");
  const time = count("period", { gaps: "fill", ...(by && { compare: by }) });
  fill("time", time, (answer) => seriesPanel(answer, params), show);
  fill("categories", count("category", { limit: 100 }), (answer) => countsPanel(answer, "category"), show);
  fill("names", count("name", { limit: 100 }), (answer) => countsPanel(answer, "name"), show);
  fill("latest", get("/events/", listed(params, "page"), signal), (page) => latestPanel(page, ROWS), show);
  fill("errors", get("/events/errors/", listed(params, "errors"), signal), (page) => errorsPanel(page, ROWS), show);
  const pendingOf = async (days) => (await ask(COUNTS, { group_by: "category", ...days }, signal)).fresh.pending;
  markStale("time", { answer: time, params, pendingOf, draw: seriesPanel });
}

// A session's own counts are in no summary.
function kinds(params) {
  return {
    ...(params.get("category") && { category: params.getAll("category") }),
    ...(params.get("name") && { name: params.getAll("name") }),
  };
}

function listed(params, page) {
  const { start, end } = span(params);
  const asked = { page_size: ROWS, page: params.get(page) ?? 1 };
  if (start) asked.timestamp_after = `${start}T00:00:00Z`;
  if (end) asked.timestamp_before = `${end}T23:59:59.999999Z`;
  for (const name of FILTERS)
    if (params.get(name)) asked[name === "session" ? "session_id" : name] = params.get(name);
  return asked;
}

fields({ category: only, name: only, session: only });
follow(show);
