// The totals above the panels. A blog has one author, so the distinct blogs of all authors add up to all distinct blogs.

import { byId, element } from "./dom.js";
import { direction, growth, whole } from "./numbers.js";
import { UNKNOWN } from "./places.js";

const sum = (points, axis) => points.reduce((total, point) => total + point[axis], 0);

export async function showTotals({ authors, countries, before }, compared) {
  const frame = byId("totals");
  frame.setAttribute("aria-busy", "true");
  try {
    const [{ points }, places, earlier] = await Promise.all([authors, countries, before]);
    frame.replaceChildren(figures(points, places.points, earlier?.points, compared));
    frame.setAttribute("aria-busy", "false");
  } catch (error) {
    if (error.name === "AbortError") return;
    frame.replaceChildren(element("p", { class: "hint" }, "No totals: a question was not answered."));
    frame.setAttribute("aria-busy", "false");
  }
}

function figures(authors, countries, earlier, compared) {
  const since = (before, now) => (earlier?.length ? changeFrom(before, now, compared) : null);
  const views = sum(authors, "z");
  const none = earlier && !earlier.length ? element("dd", { class: "delta" }, `No views in ${compared}`) : null;
  return element(
    "dl",
    {},
    figure("Views", views, since(sum(earlier ?? [], "z"), views) ?? none),
    figure("Distinct blogs", sum(authors, "y"), since(sum(earlier ?? [], "y"), sum(authors, "y"))),
    figure("Authors", authors.length, since(earlier?.length, authors.length)),
    figure("Countries", countries.filter(({ x }) => x !== UNKNOWN).length),
  );
}

function figure(name, number, note = null) {
  return element("div", {}, element("dt", {}, name), element("dd", { class: "figure" }, whole(number)), note);
}

function changeFrom(before, now, compared) {
  const percent = (100 * (now - before)) / before;
  const number = element("span", { class: direction(percent) }, growth(percent));
  return element("dd", { class: "delta", title: `${whole(before)} in ${compared}` }, number, ` on ${compared}`);
}
