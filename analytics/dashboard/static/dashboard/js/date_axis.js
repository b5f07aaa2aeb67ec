// The chart axis of hours, days, months and years. A day is read as one of UTC, whatever its zone.

import { axisStyle } from "./chart_common.js";
import { formatDayAndMonth, formatHour, formatMonth } from "./date_format.js";

export const DAY_SECONDS = 86_400;
const HOUR = 3600;
const [MONTH, YEAR] = [30 * DAY_SECONDS, 365 * DAY_SECONDS]; // as uPlot counts them
const STEPS = [
  ...[1, 2, 3, 7, 14].map((days) => days * DAY_SECONDS),
  ...[1, 2, 3, 6].map((months) => months * MONTH),
  ...[1, 2, 5].map((years) => years * YEAR),
];
const HOUR_STEPS = [1, 2, 3, 6, 12].map((hours) => hours * HOUR);

// step: the seconds between two periods
export const dateAxis = (step) => ({
  ...axisStyle(),
  size: 44,
  space: 64,
  grid: { show: false },
  values: dateLabels,
  incrs: step < DAY_SECONDS ? [...HOUR_STEPS, ...STEPS] : STEPS,
});

// The year, or the day of an hour, is shown below the first date, and wherever it changes.
function dateLabels(_chart, splits, _axisIndex, _space, step) {
  const [format, formatBelow] = formatsOf(step);
  const below = splits.map((seconds) => formatBelow(seconds * 1000));
  return splits.map((seconds, index) => {
    const label = format(seconds * 1000);
    return index && below[index] === below[index - 1] ? label : `${label}\n${below[index]}`;
  });
}

function formatsOf(step) {
  if (step < DAY_SECONDS) return [formatHour, formatDayAndMonth];
  return [step < MONTH ? formatDayAndMonth : formatMonth, (time) => new Date(time).getUTCFullYear()];
}
