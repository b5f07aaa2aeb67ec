// The footer of a panel: when its numbers were rolled up, how many days have changed since, and what is estimated.

import { formatDateTime } from "./date_format.js";
import { element } from "./dom.js";
import { formatCount } from "./number_format.js";

export const NOT_ROLLED_UP = "Nothing has been rolled up yet. To roll up, run: manage.py precalculate_stats";

export function freshnessNote({ asOf, pendingDays, estimates = [] }) {
  if (!asOf) return [element("span", { class: "stale" }, "Not rolled up yet")];
  return [
    element("time", { datetime: asOf.toISOString() }, `As of ${formatDateTime(asOf)}`),
    pendingDays ? changedDays(pendingDays) : element("span", { class: "current" }, "up to date"),
    ...estimates.map((text) => element("span", {}, text)),
  ];
}

function changedDays(count) {
  const title = "New data for these days arrived after the last roll-up";
  return element("span", { class: "stale", title }, `${formatCount(count, "day")} changed since`);
}
