// How fresh an answer is, in words.

import { element } from "./dom.js";
import { counted } from "./numbers.js";
import { moment } from "./times.js";

export const NOT_YET = "Nothing has been rolled up yet. When there is something: manage.py precalculate_stats";

export function freshness({ asOf, pending, distinct }) {
  if (!asOf) return [element("span", { class: "stale" }, "Not rolled up yet")];
  const when = element("time", { datetime: asOf.toISOString() }, `As of ${moment(asOf)}`);
  return [
    when,
    pending ? stale(pending) : element("span", { class: "current" }, "up to date"),
    approximate(distinct),
  ];
}

function stale(pending) {
  const words = `${counted(pending, "day")} changed since`;
  return element("span", { class: "stale", title: "Facts of these days arrived after the last roll-up" }, words);
}

function approximate(distinct) {
  return distinct === "exact" ? "" : element("span", {}, `distinct blogs ${distinct}`);
}
