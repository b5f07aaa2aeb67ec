// One line above the page, for what concerns all of it.

import { byId } from "./dom.js";

export function notice(words) {
  const line = byId("notice");
  if (line.textContent !== words) line.textContent = words;
  line.hidden = !words;
}
