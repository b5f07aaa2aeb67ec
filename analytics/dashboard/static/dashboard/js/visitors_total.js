// The total of distinct visitors. It is approximate, and not known for single blogs, authors and sites.

import { element } from "./dom.js";
import { formatInteger, formatMargin, formatShare } from "./number_format.js";
import { pageData } from "./page_data.js";

// comparison: what stands below the number, made of the number now and the number before
export function visitorsTotal({ now: { visitors }, change, meta }, comparison) {
  if (visitors === undefined) {
    return item(element("dd", { class: "total" }, "–"), element("dd", { class: "comparison" }, refusal()));
  }
  const { standard_error: standardError } = meta.distinct.visitors;
  const margin = formatMargin(visitors, standardError);
  const total = element(
    "dd",
    { class: "total", title: `${margin}: the standard error is ${formatShare(standardError, 1)}` },
    formatInteger(visitors),
    element("span", { class: "visually-hidden" }, ` ${margin}`),
  );
  const before = change?.before.visitors;
  return item(total, before ? comparison(visitors, before) : null);
}

const refusal = () =>
  pageData.knowsVisitors
    ? "not counted for single blogs, authors and sites: choose another filter"
    : "not counted for single sites, and you see some sites only";

const item = (...descriptions) => element("div", {}, element("dt", {}, "Visitors"), descriptions);
