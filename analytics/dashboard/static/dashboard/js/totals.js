// The totals above the panels.
// A blog has one author, so the distinct blogs of all authors add up to all distinct blogs.

import { UNKNOWN } from "./countries.js";
import { byId, element } from "./dom.js";
import { directionClass, formatGrowth, formatInteger } from "./number_format.js";

const sumOf = (points, field) => points.reduce((sum, point) => sum + point[field], 0);

// earlierPeriod: the name of the period that the totals are compared with, such as "the 30 days before"
export async function showTotals({ authors, countries, earlierAuthors }, earlierPeriod) {
  const section = byId("totals");
  section.setAttribute("aria-busy", "true");
  try {
    const answers = await Promise.all([authors, countries, earlierAuthors]);
    section.replaceChildren(totalsList(...answers.map((answer) => answer?.points), earlierPeriod));
    section.setAttribute("aria-busy", "false");
  } catch (error) {
    if (error.name === "AbortError") return;
    section.replaceChildren(element("p", { class: "hint" }, "Totals are not available: a request failed."));
    section.setAttribute("aria-busy", "false");
  }
}

function totalsList(authors, countries, earlier, earlierPeriod) {
  const compare = (before, now) => (earlier?.length ? comparison(before, now, earlierPeriod) : null);
  const compareSums = (field) => compare(sumOf(earlier ?? [], field), sumOf(authors, field));
  const nothingEarlier = earlier && !earlier.length
    ? element("dd", { class: "comparison" }, `No views in ${earlierPeriod}`)
    : null;
  return element(
    "dl",
    {},
    totalItem("Views", sumOf(authors, "total"), compareSums("total") ?? nothingEarlier),
    totalItem("Distinct blogs", sumOf(authors, "distinct"), compareSums("distinct")),
    totalItem("Authors", authors.length, compare(earlier?.length, authors.length)),
    totalItem("Countries", countries.filter(({ label }) => label !== UNKNOWN).length),
  );
}

function totalItem(name, number, note = null) {
  return element("div", {}, element("dt", {}, name), element("dd", { class: "total" }, formatInteger(number)), note);
}

function comparison(before, now, earlierPeriod) {
  const percent = (100 * (now - before)) / before;
  const growth = element("span", { class: directionClass(percent) }, formatGrowth(percent));
  const title = `${formatInteger(before)} in ${earlierPeriod}`;
  return element("dd", { class: "comparison", title }, growth, ` vs ${earlierPeriod}`);
}
