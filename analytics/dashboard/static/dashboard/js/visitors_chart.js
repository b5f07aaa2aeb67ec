// The chart of a site's visitors in the last minutes.

import { axisStyle, cssColour, CURSOR, gridStyle, mountCharts } from "./chart_common.js";
import { formatHourMinute, formatTime } from "./date_format.js";
import { formatCompact, formatInteger } from "./number_format.js";

const HEIGHT = 190;

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
    padding: [12, 22, 0, 0],
    cursor: CURSOR,
    scales: {
      y: { range: (_chart, _min, max) => [0, Math.max(4, (max || 0) * 1.15)] },
    },
    series: [{}, area],
    axes: [
      { ...axisStyle(), size: 28, space: 90, grid: { show: false }, values: timeLabels },
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

const timeLabels = (_chart, splits) => splits.map((seconds) => formatHourMinute(seconds * 1000));

const integerLabels = (_chart, splits) => splits.map((value) => (value % 1 ? "" : formatCompact(value)));
