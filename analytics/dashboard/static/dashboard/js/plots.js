// What all charts by uPlot share: colours from the style sheet, letters, and being drawn again when the page changes.

const dark = matchMedia("(prefers-color-scheme: dark)");

export const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
export const axis = () => ({ stroke: colour("--ink-3"), font: "12px Inter, sans-serif", ticks: { show: false } });
export const grid = () => ({ stroke: colour("--line"), width: 1 });
export const cursor = { y: false, drag: { x: false, y: false }, points: { show: false } };

// Drawn again when the page gets darker, and made to fit when it gets wider; arrow keys move the cursor.
export function keepDrawn(frame, draw) {
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
  return redraw;
}

function moveCursor(event, plot) {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!step || !plot) return;
  const last = plot.data[0].length - 1;
  const next = Math.min(last, Math.max(0, (plot.cursor.idx ?? (step < 0 ? last + 1 : -1)) + step));
  plot.setCursor({ left: plot.valToPos(plot.data[0][next], "x"), top: 1 });
  event.preventDefault();
}
