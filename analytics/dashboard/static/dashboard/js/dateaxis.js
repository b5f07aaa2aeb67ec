// The axis of days, months and years, in UTC as the summaries are.

import { axis } from "./plots.js";
import { shortDay, shortMonth } from "./times.js";

export const DAY = 86_400;
const [MONTH, YEAR] = [30 * DAY, 365 * DAY]; // as uPlot counts them
const STEPS = [
  DAY,
  2 * DAY,
  3 * DAY,
  7 * DAY,
  14 * DAY,
  MONTH,
  2 * MONTH,
  3 * MONTH,
  6 * MONTH,
  YEAR,
  2 * YEAR,
  5 * YEAR,
];

export const dateAxis = () => ({
  ...axis(),
  size: 44,
  space: 64,
  grid: { show: false },
  values: dates,
  incrs: STEPS,
});

// The year stands under the first date, and again where it changes.
function dates(_, splits, __, ___, step) {
  const years = splits.map((each) => new Date(each * 1000).getUTCFullYear());
  return splits.map((each, n) =>
    n && years[n] === years[n - 1] ? named(each, step) : `${named(each, step)}\n${years[n]}`,
  );
}

const named = (seconds, step) => (step < MONTH ? shortDay : shortMonth)(seconds * 1000);
