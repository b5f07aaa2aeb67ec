// A choice among a few, as links: each can be sent, opened beside, and gone back from.

import { changed, link } from "./address.js";
import { byId, element } from "./dom.js";

// choices: [words, what choosing it changes in the address, whether it is the one chosen]
export function segments(id, choices) {
  const frame = byId(id);
  const focused = [...frame.querySelectorAll("a")].indexOf(document.activeElement);
  const links = choices.map(([words, changes, chosen]) =>
    element("a", { href: link(changed(changes)), "aria-current": chosen ? "true" : null }, words),
  );
  frame.replaceChildren(frame.querySelector("legend"), ...links);
  links[focused]?.focus();
}
