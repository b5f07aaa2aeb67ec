// A chart over time: totals as bars (as a line when there are many periods) with a pale line of those they are compared
// with, and below, each on its own scale, visitors where they are known, and distinct counts.

import { axisStyle, cssColour, CURSOR, cursorIndex, gridStyle, mountCharts } from "./chart_common.js";
import { pickPeriods } from "./chart_selection.js";
import { dateAxis, DAY_SECONDS } from "./date_axis.js";
import { startTime } from "./date_format.js";
import { element } from "./dom.js";
import { notesPlugin } from "./notes.js";
import { formatCompact } from "./number_format.js";

const MAX_BARS = 140;
const [TOTALS_HEIGHT, VISITORS_HEIGHT, DISTINCT_HEIGHT] = [230, 62, 96];
const BARS = uPlot.paths.bars({ size: [0.72, 44], radius: 0.12, gap: 0 });
const COLOURS = { whole: "--accent", partial: "--accent-partial", stale: "--stale" };

export const isDrawnAsLine = (periods) => periods.length > MAX_BARS;
export const hasVisitors = (periods) => periods.some(({ visitors }) => visitors);

// listeners: onHover, called with the index of the period under the cursor, or null; onPick, called with the indices of
// the first and the last period that the user picked; and onReset
export function timeChart(periods, label, { onHover, onPick, onReset }) {
  const container = element("div", { class: "chart", role: "img", tabindex: "0", "aria-label": label });
  const times = periods.map(({ start }) => startTime(start) / 1000);
  const asLine = isDrawnAsLine(periods);
  const before = periods.some((period) => period.before) ? [periods.map((period) => period.before?.total ?? null)] : [];
  const totals = [...(asLine ? lineData(periods) : barData(periods)), ...before];
  const series = asLine ? lineSeries : barSeries;
  const [visitors, distinct] = ["visitors", "distinct"].map((name) => periods.map((period) => period[name]));
  const picking = pickPeriods(container, { onPick, onReset });
  const shared = { container, onHover, picking, range: paddedRange(times), syncKey: label };
  const firstChart = mountCharts(container, () => [
    createChart([times, ...totals], {
      ...shared,
      height: TOTALS_HEIGHT,
      series: [...series(), ...before.map(beforeSeries)],
      axes: [{ show: false }, numberAxis()],
    }),
    ...(hasVisitors(periods) ? [visitors] : []).map((numbers) =>
      createChart([times, numbers], {
        ...shared,
        height: VISITORS_HEIGHT,
        series: [lowerSeries("--visitors-line")],
        axes: [{ show: false }, minMaxAxis()],
      })
    ),
    createChart([times, distinct], {
      ...shared,
      height: DISTINCT_HEIGHT,
      series: [lowerSeries("--secondary-line")],
      axes: [dateAxis(stepOf(times)), minMaxAxis()],
    }),
  ]);
  picking.byKeyboard(firstChart);
  return container;
}

const stepOf = (times) => times.length > 1 ? times[1] - times[0] : DAY_SECONDS;

// Leave room for half a bar at both ends.
function paddedRange(times) {
  const step = stepOf(times);
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

const beforeSeries = () => ({
  stroke: cssColour("--compared"),
  width: 1.5,
  dash: [5, 3],
  spanGaps: false,
  points: { show: false },
});

const lowerSeries = (colour) => ({ stroke: cssColour(colour), width: 1.5, points: { show: false } });

function createChart(data, { container, onHover, picking, range, syncKey, height, series, axes }) {
  const hasDateAxis = axes[0].show !== false;
  const options = {
    width: container.clientWidth,
    height,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    legend: { show: false },
    padding: [10, 8, hasDateAxis ? 0 : 6, 0],
    cursor: { ...CURSOR, ...picking.cursor, sync: { key: syncKey, setSeries: false } },
    scales: { x: { range }, y: { range: (_chart, _min, max) => [0, (max || 1) * 1.08] } },
    series: [{}, ...series],
    axes,
    plugins: [notesPlugin()],
    hooks: { setCursor: [(chart) => onHover(cursorIndex(chart))], ...picking.hooks },
  };
  return new uPlot(options, data, container);
}

const numberAxis = () => ({ ...axisStyle(), size: 52, space: 44, grid: gridStyle(), values: integerLabels });
// The lower charts have room for two labels only.
const minMaxAxis = () => ({ ...numberAxis(), splits: ({ data }) => [0, Math.max(...data[1])] });
const integerLabels = (_chart, splits) => splits.map((value) => (value % 1 ? "" : formatCompact(value)));
