// A number's recent course, as small as a word.

import { drawn } from "./dom.js";

const [WIDTH, HEIGHT, EDGE] = [84, 22, 2];

export function sparkline(numbers) {
  const most = Math.max(1, ...numbers);
  const step = (WIDTH - 2 * EDGE) / Math.max(1, numbers.length - 1);
  const point = (number, n) =>
    `${(EDGE + n * step).toFixed(1)},${(HEIGHT - EDGE - (number / most) * (HEIGHT - 2 * EDGE)).toFixed(1)}`;
  const line = drawn("polyline", { points: numbers.map(point).join(" ") });
  return drawn(
    "svg",
    { class: "sparkline", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT, "aria-hidden": "true" },
    line,
  );
}
