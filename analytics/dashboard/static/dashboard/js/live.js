// The live page: who is on one site now, asked again every few seconds.

import { changed, follow, go, here } from "./address.js";
import { Refused, get } from "./api.js";
import { byId, element } from "./dom.js";
import { movingPanel, pagesPanel } from "./livepanels.js";
import { notice } from "./notice.js";
import { whole } from "./numbers.js";
import { empty, show } from "./panel.js";
import { poll } from "./poll.js";
import { recent } from "./recent.js";
import { segments } from "./segments.js";
import { moment, time } from "./times.js";

const EVERY = 5_000;
const MEASURES = {
  difference: ["Difference", "visitors now against the snapshot before"],
  smoothed: ["Smoothed", "the mean of the last five snapshots against the five before"],
  relative: ["Relative", "standard deviations above what is usual for the page at this hour"],
};
const NO_SITE = "No site has sent a visit yet. Put tracker.js on a page.";

let asking = new AbortController();
let sites = null;
let answeredAt = null;
const grow = recent(byId("recent"), (words) => (byId("reading").textContent = words));

async function ask() {
  asking.abort();
  asking = new AbortController();
  sites ??= await known(asking.signal);
  const host = here().get("host") ?? sites[0];
  if (!host) return nobody();
  byId("hosts").value = host;
  draw(await get("/api/v1.0/concurrents", { host, measure: measure(), minutes: 15, limit: 20 }, asking.signal));
  fresh(true);
}

async function known(signal) {
  const { results } = await get("/api/domains/", { limit: 100 }, signal);
  const names = [...new Set([...results.map(({ name }) => name), ...here().getAll("host")])];
  byId("hosts").replaceChildren(...names.map((name) => element("option", { value: name }, name)));
  return names;
}

function measure() {
  const asked = here().get("measure");
  return asked in MEASURES ? asked : "difference";
}

function draw({ host, at, interval_seconds: every, visitors, series, pages, rising, falling }) {
  answeredAt = at && new Date(at);
  const people = visitors === 1 ? "visitor" : "visitors";
  byId("visitors").textContent = whole(visitors);
  byId("people").textContent = `${people} now`;
  document.title = `${whole(visitors)} ${people} · ${host}`;
  grow(series);
  show("now", {
    foot: [answeredAt ? `As of ${moment(answeredAt)} · a snapshot every ${every} s` : "No snapshot yet"],
  });
  show("pages", pagesPanel(pages));
  show("rising", movingPanel(rising, "Rising pages", "No page is rising just now."));
  show("falling", movingPanel(falling, "Falling pages", "No page is falling just now."));
}

function nobody() {
  show("now", { foot: [] });
  for (const id of ["pages", "rising", "falling"]) show(id, { body: [empty(NO_SITE)] });
  sites = null; // one may have come when it is asked again
}

function failed(error, pause) {
  const old = answeredAt ? ` The numbers are those of ${time(answeredAt)}.` : "";
  const next = error instanceof Refused ? "" : ` Asking again in ${Math.round(pause / 1000)} s.`;
  notice(`${error.message}${old}${next}`);
  fresh(false);
}

function fresh(is) {
  if (is) notice("");
  byId("main").classList.toggle("old", !is);
}

function showMeasures() {
  segments(
    "measures",
    Object.entries(MEASURES).map(([name, [words]]) => [words, { measure: name }, measure() === name]),
  );
  byId("meaning").textContent = `Change: ${MEASURES[measure()][1]}`;
}

const now = poll(EVERY, ask, failed);
byId("filters").addEventListener("change", () => go(changed({ host: byId("hosts").value })));
byId("filters").addEventListener("submit", (event) => event.preventDefault());
follow(() => {
  showMeasures();
  now();
});
