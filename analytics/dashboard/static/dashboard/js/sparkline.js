// A line chart of a number's recent values, as small as a word.

import { svgElement } from "./dom.js";

const [WIDTH, HEIGHT, MARGIN] = [84, 22, 2];

export function sparkline(values) {
  const max = Math.max(1, ...values);
  const step = (WIDTH - 2 * MARGIN) / Math.max(1, values.length - 1);
  const x = (index) => (MARGIN + index * step).toFixed(1);
  const y = (value) => (HEIGHT - MARGIN - (value / max) * (HEIGHT - 2 * MARGIN)).toFixed(1);
  const points = values.map((value, index) => `${x(index)},${y(value)}`).join(" ");
  const size = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT };
  return svgElement(
    "svg",
    { class: "sparkline", ...size, "aria-hidden": "true" },
    svgElement("polyline", { points }),
  );
}
