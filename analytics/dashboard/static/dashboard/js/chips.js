// A chip for each filter in force, with a cross that takes it away.

import { changed, here, link } from "./address.js";
import { byId, element } from "./dom.js";

// named: for each filter of the address, a function from its value to words
export function showChips(named) {
  const params = here();
  const chips = Object.entries(named).flatMap(([name, words]) =>
    params
      .getAll(name)
      .filter(Boolean)
      .map((value) => chip(words(value), without(params, name, value))),
  );
  const none = changed({ page: null, ...Object.fromEntries(Object.keys(named).map((name) => [name, null])) });
  if (chips.length > 1) chips.push(element("li", {}, element("a", { href: link(none) }, "Clear all")));
  byId("chips").replaceChildren(...chips);
}

function chip(words, params) {
  const remove = element("a", { href: link(params), "aria-label": `Remove the filter ${words}` }, "×");
  return element("li", { class: "chip" }, element("span", {}, words), remove);
}

function without(params, name, value) {
  const others = new URLSearchParams(params);
  others.delete(name, value);
  others.delete("page");
  return others;
}
