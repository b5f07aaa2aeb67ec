// Shades for numbers in a table: 0 for none, then 1 to LEVELS, the stronger the larger.

import { element } from "./dom.js";
import { formatInteger } from "./number_format.js";

const LEVELS = 6;

// The quotient first: it is exactly 1 for the maximum, and 6 * √62 / √62 is more than 6.
export const heatLevel = (number, max) => Math.ceil(LEVELS * (number / max));

export function heatLegend(max) {
  const swatches = Array.from({ length: LEVELS + 1 }, (_, level) => element("i", { class: `heat-${level}` }));
  return element("p", { class: "map-legend", "aria-hidden": "true" }, "0", ...swatches, formatInteger(max));
}
