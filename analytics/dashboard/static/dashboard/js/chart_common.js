// What all uPlot charts share: colours from the style sheet, axes, redrawing and keyboard control.

const darkMode = matchMedia("(prefers-color-scheme: dark)");

export const cssColour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
export const axisStyle = () => ({
  stroke: cssColour("--text-muted"),
  font: "12px Inter, sans-serif",
  ticks: { show: false },
});
export const gridStyle = () => ({ stroke: cssColour("--border"), width: 1 });
export const CURSOR = { y: false, drag: { x: false, y: false }, points: { show: false } };

// The number of the point under the cursor, or null.
export const cursorIndex = (chart) => chart?.cursor.idx ?? null;

// Redraw when the colour scheme changes, resize with the container, and move the cursor with the arrow keys. Return a
// function that gives the first chart.
export function mountCharts(container, createCharts) {
  let charts = [];
  const redraw = () => {
    for (const chart of charts) chart.destroy();
    charts = createCharts();
  };
  const resizeObserver = new ResizeObserver(() => {
    if (!charts.length) return redraw();
    for (const chart of charts) chart.setSize({ width: container.clientWidth, height: chart.height });
  });
  const onSchemeChange = () =>
    container.isConnected ? redraw() : darkMode.removeEventListener("change", onSchemeChange);
  resizeObserver.observe(container);
  darkMode.addEventListener("change", onSchemeChange);
  container.addEventListener("keydown", (event) => moveCursor(event, charts[0]));
  return () => charts[0];
}

function moveCursor(event, chart) {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!step || !chart) return;
  const last = chart.data[0].length - 1;
  const from = cursorIndex(chart) ?? (step < 0 ? last + 1 : -1);
  const index = Math.min(last, Math.max(0, from + step));
  chart.setCursor({ left: chart.valToPos(chart.data[0][index], "x"), top: 1 });
  event.preventDefault();
}
