// One line above the page, for messages that concern all of it.

import { byId } from "./dom.js";

export function showNotice(text) {
  const line = byId("notice");
  if (line.textContent !== text) line.textContent = text;
  line.hidden = !text;
}
