// The change of a number against the one it is compared with.

import { element } from "./dom.js";
import { directionClass, formatGrowth } from "./number_format.js";

export function changeNote(now, before) {
  if (!before) return element("span", { class: "level", title: "Nothing to compare with" }, "–");
  const percent = (100 * (now - before)) / before;
  return element("span", { class: directionClass(percent) }, formatGrowth(percent));
}
