// Periods as bars (or, when there are many, as a line), with a second number below, by uPlot.

import { element } from "./dom.js";
import { short } from "./numbers.js";
import { axis, colour, cursor, grid, keepDrawn } from "./plots.js";
import { shortDay, shortMonth } from "./times.js";

const MANY = 140;
const BARS = uPlot.paths.bars({ size: [0.72, 44], radius: 0.12, gap: 0 });

export function chart(frame, { periods, title, heights, told }) {
  const at = (n) => Date.parse(periods[n].start) / 1000;
  const x = periods.map((_, n) => at(n));
  const step = x.length > 1 ? x[1] - x[0] : DAY;
  const around = () => [x[0] - step * 0.6, x.at(-1) + step * 0.6];
  const shared = { around, sync: uPlot.sync(frame.id || title), told, many: x.length > MANY };
  const upper = [x, ...pieces(periods)];
  const lower = [x, periods.map((each) => each.distinct)];
  const draw = () => [
    new uPlot(
      options(frame, heights[0], { ...shared, series: upperSeries(shared.many), dates: !heights[1] }),
      upper,
      frame,
    ),
    ...(heights[1]
      ? [new uPlot(options(frame, heights[1], { ...shared, series: [lowerSeries()], dates: true }), lower, frame)]
      : []),
  ];
  keepDrawn(frame, draw);
  frame.setAttribute("aria-label", title);
  return frame;
}

// What is not the whole period, or has changed since, is drawn apart.
function pieces(periods) {
  const only = (kind) => periods.map((each) => (kindOf(each) === kind ? each.number : null));
  if (periods.length > MANY) return [periods.map((each) => each.number)];
  return [only("whole"), only("part"), only("stale")];
}

const kindOf = ({ whole, stale }) => (stale ? "stale" : whole ? "whole" : "part");

function upperSeries(many) {
  if (many)
    return [{ stroke: colour("--accent"), width: 1.5, fill: colour("--accent-faint"), points: { show: false } }];
  return ["--accent", "--accent-part", "--stale"].map((name) => ({
    paths: BARS,
    fill: colour(name),
    stroke: colour(name),
    width: 0,
    points: { show: false },
  }));
}

const lowerSeries = () => ({ stroke: colour("--second"), width: 1.5, points: { show: false } });

function options(frame, height, { around, sync, told, series, dates }) {
  return {
    width: frame.clientWidth,
    height,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    legend: { show: false },
    padding: [10, 8, dates ? 0 : 6, 0],
    cursor: { ...cursor, sync: { key: sync.key, setSeries: false } },
    scales: { x: { time: true, range: around }, y: { range: (_, __, most) => [0, (most || 1) * 1.08] } },
    series: [{}, ...series],
    axes: [dates ? dateAxis() : { show: false }, numberAxis(height)],
    hooks: { setCursor: [(plot) => told(plot.cursor.idx ?? null)] },
  };
}

const DAY = 86_400;
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

const dateAxis = () => ({ ...axis(), size: 44, space: 64, grid: { show: false }, values: dates, incrs: STEPS });

// The year stands under the first date, and again where it changes.
function dates(_, splits, __, ___, step) {
  const years = splits.map((each) => new Date(each * 1000).getUTCFullYear());
  return splits.map((each, n) =>
    n && years[n] === years[n - 1] ? named(each, step) : `${named(each, step)}\n${years[n]}`,
  );
}

const named = (seconds, step) => (step < MONTH ? shortDay : shortMonth)(seconds * 1000);

// A low chart has room for nothing and the most.
function numberAxis(height) {
  const values = (_, splits) => splits.map((each) => (each % 1 ? "" : short(each)));
  const splits = height < 120 ? (plot) => [0, Math.max(...plot.data[1])] : null;
  return { ...axis(), size: 52, space: 44, grid: grid(), values, ...(splits && { splits }) };
}

export const chartFrame = () => element("div", { class: "chart", role: "img", tabindex: "0" });
