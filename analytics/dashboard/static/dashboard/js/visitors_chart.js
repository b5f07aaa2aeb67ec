// The chart of a site's visitors in the last minutes.

import { axisStyle, cssColour, CURSOR, gridStyle, mountCharts } from "./chart_common.js";
import { formatHourMinute, formatTime } from "./date_format.js";
import { formatCompact, formatInteger } from "./number_format.js";

const HEIGHT = 190;
const MINUTE = 60;
const STEPS = [5, 10, 15, 30, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE];

// Return a function that shows a series of [time, visitors].
// showReadout: is called with a text about the point under the cursor
export function visitorsChart(container, showReadout) {
  let data = [[], []];
  let chart = null;
  mountCharts(container, () => {
    chart = new uPlot(options(container.clientWidth, showReadout), data, container);
    return [chart];
  });
  return (series) => {
    data = [series.map(([time]) => Date.parse(time) / 1000), series.map(([, visitors]) => visitors)];
    chart?.setData(data);
  };
}

function options(width, showReadout) {
  const area = {
    stroke: cssColour("--accent"),
    fill: cssColour("--accent-faint"),
    width: 2,
    points: { show: false },
  };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    padding: [12, 36, 8, 0], // at the right, room for half a label such as 12:34:56 PM
    cursor: CURSOR,
    scales: {
      x: { range: timeRange },
      y: { range: (_chart, _min, max) => [0, Math.max(4, (max || 0) * 1.15)] },
    },
    series: [{}, area],
    axes: [
      { ...axisStyle(), size: 28, space: 90, grid: { show: false }, incrs: STEPS, values: timeLabels },
      { ...axisStyle(), size: 46, space: 34, grid: gridStyle(), values: integerLabels },
    ],
    hooks: { setCursor: [(chart) => showReadout(readout(chart))] },
  };
}

function readout({ cursor: { idx: index }, data: [times, visitors] }) {
  return index === null || index === undefined
    ? ""
    : `${formatTime(times[index] * 1000)} · ${formatInteger(visitors[index])}`;
}

// Show at least a minute: uPlot would show a whole day for the single snapshot of a new site.
function timeRange({ data: [times] }) {
  if (!times.length) return [null, null];
  return [Math.min(times[0], times.at(-1) - MINUTE), times.at(-1)];
}

// Labels less than a minute apart need seconds, or several would be the same.
function timeLabels(_chart, splits, _axisIndex, _space, step) {
  const format = step < MINUTE ? formatTime : formatHourMinute;
  return splits.map((seconds) => format(seconds * 1000));
}

const integerLabels = (_chart, splits) => splits.map((value) => (value % 1 ? "" : formatCompact(value)));
