// Visitors of the last minutes, as an area that goes on growing.

import { short, whole } from "./numbers.js";
import { axis, colour, cursor, grid, keepDrawn } from "./plots.js";
import { clockTime, time } from "./times.js";

const HEIGHT = 190;

export function recent(frame, tell) {
  let data = [[], []];
  let plot = null;
  keepDrawn(frame, () => [(plot = new uPlot(options(frame.clientWidth, tell), data, frame))]);
  return (series) => {
    data = [series.map(([at]) => Date.parse(at) / 1000), series.map(([, visitors]) => visitors)];
    plot?.setData(data);
  };
}

function options(width, tell) {
  const area = { stroke: colour("--accent"), fill: colour("--accent-faint"), width: 2, points: { show: false } };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    padding: [12, 22, 0, 0],
    cursor,
    scales: { y: { range: (_, __, most) => [0, Math.max(4, (most || 0) * 1.15)] } },
    series: [{}, area],
    axes: [
      { ...axis(), size: 28, space: 90, grid: { show: false }, values: clocks },
      { ...axis(), size: 46, space: 34, grid: grid(), values: wholes },
    ],
    hooks: {
      setCursor: [
        ({ cursor: { idx }, data: [at, visitors] }) =>
          tell(idx == null ? "" : `${time(at[idx] * 1000)} · ${whole(visitors[idx])}`),
      ],
    },
  };
}

const clocks = (_, splits) => splits.map((each) => clockTime(each * 1000));
const wholes = (_, splits) => splits.map((each) => (each % 1 ? "" : short(each)));
