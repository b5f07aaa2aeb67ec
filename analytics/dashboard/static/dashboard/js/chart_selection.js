// Pick periods in a chart over time: drag over several, click one, or move with the arrow keys (Shift extends) and press
// Enter. A double click or Escape resets.

import { cursorIndex } from "./chart_common.js";

const MIN_DRAG_PIXELS = 6;
const DOUBLE_CLICK_MS = 250;

// onPick: is called with the indices of the first and the last period
// Return what uPlot's options take (`cursor`, `hooks`), and `byKeyboard`, which takes a function that gives the chart.
export function pickPeriods(container, { onPick, onReset }) {
  let waiting = null; // a click, until it is known that it is not the first of two
  const reset = () => {
    clearTimeout(waiting);
    onReset();
  };
  const pick = (from, to) => onPick(Math.min(from, to), Math.max(from, to));
  const onClick = (chart) => {
    const index = cursorIndex(chart);
    clearTimeout(waiting);
    if (index !== null) waiting = setTimeout(pick, DOUBLE_CLICK_MS, index, index);
  };
  const onSelect = (chart) => {
    if (chart.select.width >= MIN_DRAG_PIXELS) pick(...selectedIndices(chart));
  };
  return {
    cursor: {
      drag: { x: true, y: false, setScale: false, dist: MIN_DRAG_PIXELS },
      bind: { dblclick: () => reset },
    },
    hooks: {
      ready: [(chart) => chart.over.addEventListener("click", () => onClick(chart))],
      setSelect: [onSelect],
    },
    byKeyboard: (firstChart) => container.addEventListener("keydown", keyListener(firstChart, { pick, reset })),
  };
}

// The first and the last period whose middle is selected, or the nearest one.
function selectedIndices(chart) {
  const { left, width } = chart.select;
  const [from, to] = [left, left + width].map((position) => chart.posToVal(position, "x"));
  const times = chart.data[0];
  const [first, last] = [times.findIndex((time) => time >= from), times.findLastIndex((time) => time <= to)];
  const nearest = chart.posToIdx(left + width / 2);
  return first >= 0 && first <= last ? [first, last] : [nearest, nearest];
}

// The listener runs after the one that moves the cursor.
function keyListener(firstChart, { pick, reset }) {
  let anchor = null;
  return (event) => {
    const chart = firstChart();
    const index = cursorIndex(chart);
    if (event.key === "Escape") return reset();
    if (event.key === "Enter" && index !== null) return pick(anchor ?? index, index);
    if (!event.key.startsWith("Arrow") || index === null) return;
    anchor = event.shiftKey ? (anchor ?? index - (event.key === "ArrowRight" ? 1 : -1)) : null;
    showSelection(chart, anchor ?? index, index);
  };
}

function showSelection(chart, from, to) {
  const [left, right] = [from, to].sort((one, other) => one - other).map((index) =>
    chart.valToPos(chart.data[0][index], "x")
  );
  chart.setSelect({ left, width: right - left, top: 0, height: chart.over.clientHeight }, false);
}
