// A chart over time: totals as bars (as a line when there are many periods), with distinct counts in a lower chart.

import { axisStyle, cssColour, CURSOR, gridStyle, mountCharts } from "./chart_common.js";
import { dateAxis, DAY_SECONDS } from "./date_axis.js";
import { element } from "./dom.js";
import { formatCompact } from "./number_format.js";

const MAX_BARS = 140;
const [TOTALS_HEIGHT, DISTINCT_HEIGHT] = [230, 96];
const BARS = uPlot.paths.bars({ size: [0.72, 44], radius: 0.12, gap: 0 });
const COLOURS = { whole: "--accent", partial: "--accent-partial", stale: "--stale" };

export const isDrawnAsLine = (periods) => periods.length > MAX_BARS;

// onHover: is called with the index of the period under the cursor, or null
export function timeChart(periods, label, onHover) {
  const container = element("div", { class: "chart", role: "img", tabindex: "0", "aria-label": label });
  const times = periods.map(({ start }) => Date.parse(start) / 1000);
  const asLine = isDrawnAsLine(periods);
  const totals = asLine ? lineData(periods) : barData(periods);
  const distinct = periods.map((period) => period.distinct);
  const shared = { container, onHover, range: paddedRange(times), syncKey: label };
  mountCharts(container, () => [
    createChart([times, ...totals], {
      ...shared,
      height: TOTALS_HEIGHT,
      series: asLine ? lineSeries() : barSeries(),
      axes: [{ show: false }, numberAxis()],
    }),
    createChart([times, distinct], {
      ...shared,
      height: DISTINCT_HEIGHT,
      series: [distinctSeries()],
      axes: [dateAxis(), minMaxAxis()],
    }),
  ]);
  return container;
}

// Leave room for half a bar at both ends.
function paddedRange(times) {
  const step = times.length > 1 ? times[1] - times[0] : DAY_SECONDS;
  return () => [times[0] - step * 0.6, times.at(-1) + step * 0.6];
}

// One series for each colour: uPlot draws a series in one colour.
function barData(periods) {
  const kindOf = ({ isWhole, isStale }) => (isStale ? "stale" : isWhole ? "whole" : "partial");
  return Object.keys(COLOURS).map((kind) => periods.map((period) => (kindOf(period) === kind ? period.total : null)));
}

function barSeries() {
  return Object.values(COLOURS).map((name) => {
    const colour = cssColour(name);
    return { paths: BARS, fill: colour, stroke: colour, width: 0, points: { show: false } };
  });
}

// The line of all totals, and a dot for each stale period.
function lineData(periods) {
  return [periods.map(({ total }) => total), periods.map(({ total, isStale }) => (isStale ? total : null))];
}

function lineSeries() {
  const stale = cssColour(COLOURS.stale);
  return [
    { stroke: cssColour("--accent"), width: 1.5, fill: cssColour("--accent-faint"), points: { show: false } },
    { paths: () => null, points: { show: true, size: 7, fill: stale, stroke: stale } },
  ];
}

const distinctSeries = () => ({ stroke: cssColour("--secondary-line"), width: 1.5, points: { show: false } });

function createChart(data, { container, onHover, range, syncKey, height, series, axes }) {
  const hasDateAxis = axes[0].show !== false;
  const options = {
    width: container.clientWidth,
    height,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    legend: { show: false },
    padding: [10, 8, hasDateAxis ? 0 : 6, 0],
    cursor: { ...CURSOR, sync: { key: syncKey, setSeries: false } },
    scales: { x: { range }, y: { range: (_chart, _min, max) => [0, (max || 1) * 1.08] } },
    series: [{}, ...series],
    axes,
    hooks: { setCursor: [({ cursor }) => onHover(cursor.idx ?? null)] },
  };
  return new uPlot(options, data, container);
}

const numberAxis = () => ({ ...axisStyle(), size: 52, space: 44, grid: gridStyle(), values: integerLabels });
// The lower chart has room for two labels only.
const minMaxAxis = () => ({ ...numberAxis(), splits: ({ data }) => [0, Math.max(...data[1])] });
const integerLabels = (_chart, splits) => splits.map((value) => (value % 1 ? "" : formatCompact(value)));
