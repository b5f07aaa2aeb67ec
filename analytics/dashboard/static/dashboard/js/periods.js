// The points of a performance answer, read: when each period begins and ends, and whether it was asked about whole.

import { days, lastDay, today } from "./times.js";

const POINT = /^(\d{4}-\d\d-\d\d) \((\d+) \w+\)$/;

export function periods(points, grain, { start, end }) {
  return points
    .map(read)
    .filter(({ start: first }) => first <= today())
    .map((each, n) => {
      const last = lastDay(each.start, grain);
      const whole = last < today() && (!start || start <= each.start) && (!end || last <= end);
      return { ...each, end: last, whole, first: n === 0 };
    });
}

// The steps between filled periods tell the grain that the server chose.
export function grainOf(points) {
  if (points.length < 2) return "day";
  const step = days(read(points[0]).start, read(points[1]).start) - 1;
  return step >= 365 ? "year" : step >= 28 ? "month" : step === 7 ? "week" : "day";
}

function read({ x, y, z }) {
  const [, start, distinct] = POINT.exec(x);
  return { start, distinct: Number(distinct), number: y, growth: z };
}
