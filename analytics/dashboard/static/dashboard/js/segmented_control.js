// A choice among a few options, shown as links, so that each can be copied or opened in a new tab.

import { byId, element } from "./dom.js";
import { linkTo, paramsWith } from "./navigation.js";

// options: { label, changes, selected }, where `changes` are the URL parameters that the option sets
export function segmentedControl(id, options) {
  const fieldset = byId(id);
  const focusedIndex = [...fieldset.querySelectorAll("a")].indexOf(document.activeElement);
  const links = options.map(({ label, changes, selected }) =>
    element("a", { href: linkTo(paramsWith(changes)), "aria-current": selected ? "true" : null }, label)
  );
  fieldset.replaceChildren(fieldset.querySelector("legend"), ...links);
  links[focusedIndex]?.focus();
}
