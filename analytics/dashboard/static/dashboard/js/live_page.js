// The live page: the visitors of one site now, fetched again every few seconds.

import { fetchJson, RequestRejected } from "./api.js";
import { changeWords } from "./change_words.js";
import { formatDateTime, formatTime } from "./date_format.js";
import { byId, element } from "./dom.js";
import { firstStepsLink } from "./first_steps.js";
import { changingPagesPanel, topPagesPanel } from "./live_panels.js";
import { currentParams, navigate, onNavigate, paramsWith } from "./navigation.js";
import { showNotice } from "./notice.js";
import { formatInteger } from "./number_format.js";
import { emptyMessage, showPanel } from "./panel.js";
import { createPoller } from "./polling.js";
import { segmentedControl } from "./segmented_control.js";
import { visitorsChart } from "./visitors_chart.js";

const POLL_INTERVAL_MS = 5_000;
const LEARNING =
  "Still learning what is usual here. The first hour with visitors must end before pages can be compared with it.";
const MEASURES = {
  difference: { label: "Difference", meaning: "visitors now compared with the previous snapshot" },
  smoothed: { label: "Smoothed", meaning: "mean of the last five snapshots compared with the five before" },
  relative: { label: "Relative", meaning: "standard deviations above the usual level of the page at this hour" },
};
const NO_SITE = "No site has sent a visit yet.";

let controller = new AbortController();
let sites = null;
let snapshotTime = null;
const updateChart = visitorsChart(byId("visitors-chart"), (text) => {
  byId("visitors-readout").textContent = text;
});

async function refresh() {
  controller.abort();
  controller = new AbortController();
  const { signal } = controller;
  sites ??= await loadSites(signal);
  const host = currentParams().get("host") ?? sites[0];
  if (!host) return showNoSite();
  byId("site").value = host;
  const measure = currentMeasure();
  const query = { host, measure, minutes: 15, limit: 20 };
  showSite(await fetchJson("/api/v1.0/concurrents", query, signal), measure);
  showNotice("");
  markOutdated(false);
}

async function loadSites(signal) {
  const names = await fetchSiteNames(0, signal);
  const hosts = [...new Set([...names, ...currentParams().getAll("host")])];
  byId("site").closest("label").hidden = !hosts.length;
  byId("site").replaceChildren(...hosts.map((host) => element("option", { value: host }, host)));
  return hosts;
}

async function fetchSiteNames(offset, signal) {
  const { results, next } = await fetchJson("/api/domains/", { limit: 100, offset }, signal);
  const names = results.map(({ name }) => name);
  return next ? [...names, ...await fetchSiteNames(offset + names.length, signal)] : names;
}

function currentMeasure() {
  const measure = currentParams().get("measure");
  return measure in MEASURES ? measure : "difference";
}

function showSite({ host, at, interval_seconds: interval, visitors, series, pages, rising, falling }, measure) {
  snapshotTime = at && new Date(at);
  const unit = visitors === 1 ? "visitor" : "visitors";
  byId("visitors").textContent = formatInteger(visitors);
  byId("visitors-label").textContent = `${unit} now`;
  document.title = `${formatInteger(visitors)} ${unit} · ${host}`;
  updateChart(series);
  const footer = snapshotTime
    ? `As of ${formatDateTime(snapshotTime)} · a snapshot every ${interval} s`
    : "No snapshot yet";
  showPanel("now", { footer: [footer] });
  showPanel("pages", topPagesPanel(pages));
  const explain = changeWords(measure, interval);
  const learns = measure === "relative" && pages.length && pages.every(({ usual }) => usual === null);
  const none = (word) => learns ? LEARNING : `No page is ${word} right now.`;
  showPanel("rising", changingPagesPanel(rising, "Rising pages", none("rising"), explain));
  showPanel("falling", changingPagesPanel(falling, "Falling pages", none("falling"), explain));
}

function showNoSite() {
  showPanel("now", { footer: [] });
  showPanel("pages", { body: [emptyMessage(NO_SITE, firstStepsLink())] });
  for (const id of ["rising", "falling"]) showPanel(id, { body: [emptyMessage("Nothing to show yet.")] });
  sites = null; // load the list again next time: a site may have sent a visit by then
}

function showFailure(error, retryAfter) {
  const outdated = snapshotTime ? ` Showing numbers from ${formatTime(snapshotTime)}.` : "";
  const retry = error instanceof RequestRejected ? "" : ` Retrying in ${Math.round(retryAfter / 1000)} s.`;
  showNotice(`${error.message}${outdated}${retry}`);
  markOutdated(true);
}

function markOutdated(outdated) {
  byId("main").classList.toggle("outdated", outdated);
}

function showMeasures() {
  segmentedControl(
    "measures",
    Object.entries(MEASURES).map(([measure, { label }]) => ({
      label,
      changes: { measure },
      selected: measure === currentMeasure(),
    })),
  );
  byId("measure-meaning").textContent = `Change: ${MEASURES[currentMeasure()].meaning}`;
}

const refreshNow = createPoller(POLL_INTERVAL_MS, refresh, showFailure);
byId("filters").addEventListener("change", () => navigate(paramsWith({ host: byId("site").value })));
byId("filters").addEventListener("submit", (event) => event.preventDefault());
onNavigate(() => {
  showMeasures();
  refreshNow();
});
