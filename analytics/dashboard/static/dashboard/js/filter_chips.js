// One chip for each active filter, with a link that removes the filter.

import { byId, element } from "./dom.js";
import { currentParams, linkTo, paramsWith } from "./navigation.js";

// labels: for each filter in the URL, a function from its value to the text of the chip
export function showFilterChips(labels) {
  const params = currentParams();
  const chips = Object.entries(labels).flatMap(([name, label]) =>
    params
      .getAll(name)
      .filter(Boolean)
      .map((value) => chip(label(value), paramsWithout(params, name, value)))
  );
  if (chips.length > 1) chips.push(clearAllLink(Object.keys(labels)));
  byId("chips").replaceChildren(...chips);
}

function chip(label, params) {
  const remove = element("a", { href: linkTo(params), "aria-label": `Remove the filter ${label}` }, "×");
  return element("li", { class: "chip" }, element("span", {}, label), remove);
}

function clearAllLink(names) {
  const cleared = paramsWith({ page: null, ...Object.fromEntries(names.map((name) => [name, null])) });
  return element("li", {}, element("a", { href: linkTo(cleared) }, "Clear all"));
}

function paramsWithout(params, name, value) {
  const others = new URLSearchParams(params);
  others.delete(name, value);
  others.delete("page");
  return others;
}
