// The events page: events over time, by category and by name, the latest events, and rejected events.

import { fetchGroups, fetchJson, fetchPeriods } from "./api.js";
import { eventCountsPanel, eventsOverTimePanel } from "./event_count_panels.js";
import { latestEventsPanel, rejectedEventsPanel } from "./event_list_panels.js";
import { showFilterChips } from "./filter_chips.js";
import { clearFilterForm, setParam, setUpFilterForm } from "./filter_form.js";
import { showGrains } from "./grain_control.js";
import { showPeriodInHeading } from "./heading.js";
import { currentParams, onNavigate } from "./navigation.js";
import { fillPanel } from "./panel.js";
import { showPeriodPresets } from "./period_presets.js";
import { markStaleDays } from "./stale_days.js";
import { periodDays, periodFilters } from "./url_filters.js";

const COUNTS_URL = "/api/analytics/events/";
const FILTERS = ["category", "name", "session"];
const CHIP_LABELS = {
  category: (value) => `Category: ${value}`,
  name: (value) => `Name: ${value}`,
  session: (value) => `Session: ${value}`,
};
const PAGE_SIZE = 20;

let controller = new AbortController();

function showPage() {
  controller.abort();
  controller = new AbortController();
  const params = currentParams();
  showPeriodPresets(params);
  showGrains(params);
  clearFilterForm();
  showFilterChips(CHIP_LABELS);
  showPeriodInHeading(params, params.get("session") ? " · counts are of all sessions" : "");
  showCounts(params, controller.signal);
  showLists(params, controller.signal);
}

function showCounts(params, signal) {
  const filters = { ...periodFilters(params), ...groupFilters(params) };
  const grain = params.get("by");
  const overTime = { ...filters, group_by: "period", gaps: "fill", ...(grain && { compare: grain }) };
  const answer = fetchPeriods(COUNTS_URL, overTime, signal);
  const countBy = (group_by) => fetchGroups(COUNTS_URL, { ...filters, group_by }, signal);
  fillPanel("time", answer, (counts) => eventsOverTimePanel(counts, params), showPage);
  fillPanel("categories", countBy("category"), (counts) => eventCountsPanel(counts, "category"), showPage);
  fillPanel("names", countBy("name"), (counts) => eventCountsPanel(counts, "name"), showPage);
  const countPendingDays = async (days) => {
    const { freshness } = await fetchGroups(COUNTS_URL, { group_by: "category", ...days }, signal);
    return freshness.pendingDays;
  };
  markStaleDays("time", { answer, params, countPendingDays, draw: eventsOverTimePanel });
}

function showLists(params, signal) {
  const latest = fetchJson("/events/", listParams(params, "page"), signal);
  const rejected = fetchJson("/events/errors/", listParams(params, "errors"), signal);
  fillPanel("latest", latest, (page) => latestEventsPanel(page, PAGE_SIZE), showPage);
  fillPanel("errors", rejected, (page) => rejectedEventsPanel(page, PAGE_SIZE), showPage);
}

// Summaries do not know single sessions, so counts cannot be filtered by session.
function groupFilters(params) {
  return {
    ...(params.get("category") && { category: params.getAll("category") }),
    ...(params.get("name") && { name: params.getAll("name") }),
  };
}

function listParams(params, pageParam) {
  const { start, end } = periodDays(params);
  const query = { page_size: PAGE_SIZE, page: params.get(pageParam) ?? 1 };
  if (start) query.timestamp_after = `${start}T00:00:00Z`;
  if (end) query.timestamp_before = `${end}T23:59:59.999999Z`;
  for (const name of FILTERS) {
    if (params.get(name)) query[name === "session" ? "session_id" : name] = params.get(name);
  }
  return query;
}

setUpFilterForm({ category: setParam, name: setParam, session: setParam });
onNavigate(showPage);
