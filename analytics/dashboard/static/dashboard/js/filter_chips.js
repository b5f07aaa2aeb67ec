// One chip for each active filter, with a link that removes the filter.

import { formatDate, formatDates } from "./date_format.js";
import { byId, element } from "./dom.js";
import { currentParams, linkTo, paramsWith } from "./navigation.js";
import { isShared, isSharedView } from "./shared_filters.js";

const NO_DAYS = { from: null, to: null, page: null };

// labels: for each filter in the URL, a function from its value to the text of the chip
export function showFilterChips(labels) {
  const params = currentParams();
  const chips = Object.entries(labels).flatMap(([name, label]) =>
    params
      .getAll(name)
      .filter(Boolean)
      .map((value) => chip(label(value), isShared(name, value) ? null : paramsWithout(params, name, value)))
  );
  const days = daysLabel(params.get("from"), params.get("to"));
  if (days) chips.unshift(chip(days, paramsWith(NO_DAYS)));
  if (chips.length > 1 && !isSharedView) chips.push(clearAllLink(Object.keys(labels)));
  byId("chips").replaceChildren(...chips);
}

function daysLabel(from, to) {
  if (from && to) return formatDates(from, to);
  return from ? `From ${formatDate(from)}` : to && `Until ${formatDate(to)}`;
}

// params: those without the filter, or null for one that cannot be removed
function chip(label, params) {
  const remove = params && element("a", { href: linkTo(params), "aria-label": `Remove the filter ${label}` }, "×");
  return element("li", { class: "chip" }, element("span", {}, label), remove);
}

function clearAllLink(names) {
  const cleared = paramsWith({ ...NO_DAYS, ...Object.fromEntries(names.map((name) => [name, null])) });
  return element("li", {}, element("a", { href: linkTo(cleared) }, "Clear all"));
}

function paramsWithout(params, name, value) {
  const others = new URLSearchParams(params);
  others.delete(name, value);
  others.delete("page");
  return others;
}
