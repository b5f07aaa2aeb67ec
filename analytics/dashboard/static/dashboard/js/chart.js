// Periods as bars (or, when there are many, as a line), with a second number below, by uPlot.

import { DAY, dateAxis } from "./dateaxis.js";
import { element } from "./dom.js";
import { short } from "./numbers.js";
import { axis, colour, cursor, grid, keepDrawn } from "./plots.js";

const MANY = 140;
const [TALL, LOW] = [230, 96];
const BARS = uPlot.paths.bars({ size: [0.72, 44], radius: 0.12, gap: 0 });
const PIECES = { whole: "--accent", part: "--accent-part", stale: "--stale" };

export const drawnAsLine = (periods) => periods.length > MANY;

// told: is called with the place of the period under the cursor, or null
export function chart(periods, title, told) {
  const frame = element("div", { class: "chart", role: "img", tabindex: "0", "aria-label": title });
  const x = periods.map(({ start }) => Date.parse(start) / 1000);
  const [data, series] = drawnAsLine(periods) ? [marked(periods), line] : [pieces(periods), bars];
  const distinct = periods.map((each) => each.distinct);
  const shared = { frame, told, range: around(x), key: title };
  keepDrawn(frame, () => [
    plot([x, ...data], { ...shared, height: TALL, series: series(), axes: [{ show: false }, numberAxis()] }),
    plot([x, distinct], { ...shared, height: LOW, series: [second()], axes: [dateAxis(), endsAxis()] }),
  ]);
  return frame;
}

// Room for half a bar at both ends.
function around(x) {
  const step = x.length > 1 ? x[1] - x[0] : DAY;
  return () => [x[0] - step * 0.6, x.at(-1) + step * 0.6];
}

// What is not the whole period, or has changed since, is drawn apart.
function pieces(periods) {
  const kind = ({ whole, stale }) => (stale ? "stale" : whole ? "whole" : "part");
  return Object.keys(PIECES).map((piece) => periods.map((each) => (kind(each) === piece ? each.number : null)));
}

function marked(periods) {
  return [periods.map(({ number }) => number), periods.map(({ number, stale }) => (stale ? number : null))];
}

function bars() {
  const filled = (fill) => ({ paths: BARS, fill, stroke: fill, width: 0, points: { show: false } });
  return Object.values(PIECES).map((name) => filled(colour(name)));
}

function line() {
  const stale = colour(PIECES.stale);
  return [
    { stroke: colour("--accent"), width: 1.5, fill: colour("--accent-faint"), points: { show: false } },
    { paths: () => null, points: { show: true, size: 7, fill: stale, stroke: stale } },
  ];
}

const second = () => ({ stroke: colour("--second"), width: 1.5, points: { show: false } });

function plot(data, { frame, told, range, key, height, series, axes }) {
  const options = {
    width: frame.clientWidth,
    height,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    legend: { show: false },
    padding: [10, 8, axes[0].show === false ? 6 : 0, 0],
    cursor: { ...cursor, sync: { key, setSeries: false } },
    scales: { x: { range }, y: { range: (_, __, most) => [0, (most || 1) * 1.08] } },
    series: [{}, ...series],
    axes,
    hooks: { setCursor: [({ cursor: { idx } }) => told(idx ?? null)] },
  };
  return new uPlot(options, data, frame);
}

const numberAxis = () => ({ ...axis(), size: 52, space: 44, grid: grid(), values: wholes });
const endsAxis = () => ({ ...numberAxis(), splits: ({ data }) => [0, Math.max(...data[1])] }); // no room for more
const wholes = (_, splits) => splits.map((each) => (each % 1 ? "" : short(each)));
