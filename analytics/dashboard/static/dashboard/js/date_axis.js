// The chart axis of days, months and years, in UTC like the summaries.

import { axisStyle } from "./chart_common.js";
import { formatDayAndMonth, formatMonth } from "./date_format.js";

export const DAY_SECONDS = 86_400;
const [MONTH, YEAR] = [30 * DAY_SECONDS, 365 * DAY_SECONDS]; // as uPlot counts them
const STEPS = [
  ...[1, 2, 3, 7, 14].map((days) => days * DAY_SECONDS),
  ...[1, 2, 3, 6].map((months) => months * MONTH),
  ...[1, 2, 5].map((years) => years * YEAR),
];

export const dateAxis = () => ({
  ...axisStyle(),
  size: 44,
  space: 64,
  grid: { show: false },
  values: dateLabels,
  incrs: STEPS,
});

// The year is shown below the first date, and wherever it changes.
function dateLabels(_chart, splits, _axisIndex, _space, step) {
  const format = step < MONTH ? formatDayAndMonth : formatMonth;
  const years = splits.map((seconds) => new Date(seconds * 1000).getUTCFullYear());
  return splits.map((seconds, index) => {
    const label = format(seconds * 1000);
    return index && years[index] === years[index - 1] ? label : `${label}\n${years[index]}`;
  });
}
