// One line above the page, for messages that concern all of it.

import { byId } from "./dom.js";

let addressNotice = "";

// What is wrong with the URL is shown until the URL changes, before any other message.
export function setAddressNotice(text) {
  addressNotice = text;
  showNotice("");
}

export function showNotice(text) {
  const line = byId("notice");
  const shown = [addressNotice, text].filter(Boolean).join(" ");
  if (line.textContent !== shown) line.textContent = shown;
  line.hidden = !shown;
}
