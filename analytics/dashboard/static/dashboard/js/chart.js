// Periods as bars (or, when there are many, as a line), with a second number below, by uPlot.

import { element } from "./dom.js";
import { short } from "./numbers.js";
import { shortDay, shortMonth } from "./times.js";

const MANY = 140;
const BARS = uPlot.paths.bars({ size: [0.72, 44], radius: 0.12, gap: 0 });
const dark = matchMedia("(prefers-color-scheme: dark)");

export function chart(frame, { periods, title, heights, told }) {
  const at = (n) => Date.parse(periods[n].start) / 1000;
  const x = periods.map((_, n) => at(n));
  const step = x.length > 1 ? x[1] - x[0] : DAY;
  const around = () => [x[0] - step * 0.6, x.at(-1) + step * 0.6];
  const shared = { around, sync: uPlot.sync(frame.id || title), told, many: x.length > MANY };
  const upper = [x, ...pieces(periods)];
  const lower = [x, periods.map((each) => each.distinct)];
  const draw = () => [
    new uPlot(options(frame, heights[0], { ...shared, series: upperSeries(shared.many), dates: !heights[1] }), upper, frame),
    ...(heights[1] ? [new uPlot(options(frame, heights[1], { ...shared, series: [lowerSeries()], dates: true }), lower, frame)] : []),
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
  if (many) return [{ stroke: colour("--accent"), width: 1.5, fill: colour("--accent-faint"), points: { show: false } }];
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
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false }, sync: { key: sync.key, setSeries: false } },
    scales: { x: { time: true, range: around }, y: { range: (_, __, most) => [0, (most || 1) * 1.08] } },
    series: [{}, ...series],
    axes: [dates ? dateAxis() : { show: false }, numberAxis(height)],
    hooks: { setCursor: [(plot) => told(plot.cursor.idx ?? null)] },
  };
}

const DAY = 86_400;
const [MONTH, YEAR] = [30 * DAY, 365 * DAY]; // as uPlot counts them
const STEPS = [DAY, 2 * DAY, 3 * DAY, 7 * DAY, 14 * DAY, MONTH, 2 * MONTH, 3 * MONTH, 6 * MONTH, YEAR, 2 * YEAR, 5 * YEAR];

const dateAxis = () => ({ ...axis(), size: 44, space: 64, grid: { show: false }, ticks: { show: false }, values: dates, incrs: STEPS });

// The year stands under the first date, and again where it changes.
function dates(_, splits, __, ___, step) {
  const years = splits.map((each) => new Date(each * 1000).getUTCFullYear());
  return splits.map((each, n) => (n && years[n] === years[n - 1] ? named(each, step) : `${named(each, step)}\n${years[n]}`));
}

const named = (seconds, step) => (step < MONTH ? shortDay : shortMonth)(seconds * 1000);

// A low chart has room for nothing and the most.
function numberAxis(height) {
  const grid = { stroke: colour("--line"), width: 1 };
  const values = (_, splits) => splits.map((each) => (each % 1 ? "" : short(each)));
  const splits = height < 120 ? (plot) => [0, Math.max(...plot.data[1])] : null;
  return { ...axis(), size: 52, space: 44, grid, ticks: { show: false }, values, ...(splits && { splits }) };
}

const axis = () => ({ stroke: colour("--ink-3"), font: "12px Inter, sans-serif" });
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// Drawn again when the page gets wider or darker; arrow keys move the cursor.
function keepDrawn(frame, draw) {
  let plots = [];
  const redraw = () => {
    for (const plot of plots) plot.destroy();
    plots = draw();
  };
  const watch = new ResizeObserver(() => {
    if (!plots.length) return redraw();
    for (const plot of plots) plot.setSize({ width: frame.clientWidth, height: plot.height });
  });
  const shade = () => (frame.isConnected ? redraw() : dark.removeEventListener("change", shade));
  watch.observe(frame);
  dark.addEventListener("change", shade);
  frame.addEventListener("keydown", (event) => moveCursor(event, plots[0]));
}

function moveCursor(event, plot) {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!step || !plot) return;
  const last = plot.data[0].length - 1;
  const next = Math.min(last, Math.max(0, (plot.cursor.idx ?? (step < 0 ? last + 1 : -1)) + step));
  plot.setCursor({ left: plot.valToPos(plot.data[0][next], "x"), top: 1 });
  event.preventDefault();
}

export const chartFrame = () => element("div", { class: "chart", role: "img", tabindex: "0" });
