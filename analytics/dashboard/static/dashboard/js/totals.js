// The totals above the panels, and how they changed.

import { NotHeld } from "./api.js";
import { changeNote } from "./change_note.js";
import { comparedDays, comparedText } from "./comparison.js";
import { currentHour, today } from "./dates.js";
import { byId, element } from "./dom.js";
import { formatInteger } from "./number_format.js";
import { askQuestion } from "./query_api.js";
import { baseQuestion, hasBothEnds, knowsVisitors } from "./question_filters.js";
import { periodDays } from "./url_filters.js";
import { visitorsTotal } from "./visitors_total.js";

// Resolve to { now, change, meta, lastHour, countBefore }: the totals; the numbers { now, before } of their change; and a
// function that counts the authors or countries before. Without a comparison in the URL, all of it is against the period
// before. Today is compared with the same hours, up to `lastHour`, if a roll-up holds them; its visitors are not compared.
export async function fetchTotals(params, signal) {
  const filters = baseQuestion(params);
  const compare = filters.compare ?? (hasBothEnds(params) ? "previous" : undefined);
  const question = { ...filters, metrics: ["views", "blogs"], compare, include: ["totals"] };
  const metrics = knowsVisitors(params) ? [...question.metrics, "visitors"] : question.metrics;
  const [whole, upToNow] = await Promise.all([
    askQuestion({ ...question, metrics }, signal),
    askUpToNow(question, params, signal),
  ]);
  const { totals: now, meta } = whole;
  const change = meta.as_of && changeOf(upToNow ?? whole);
  const countBefore = change?.before.views && !upToNow &&
    ((dimension) => countIn(comparedDays(params, meta.compared), dimension, question, signal));
  return { now, change, meta, lastHour: upToNow?.lastHour, countBefore };
}

const changeOf = ({ totals: { compared, ...now } }) => compared ? { now, before: compared } : null;

// A view may have been sent with a time that is still to come, so this is only asked for the change.
async function askUpToNow(question, params, signal) {
  const { start, end } = periodDays(params);
  if (!question.compare || start !== end || start !== today()) return null;
  const lastHour = Number(currentHour().slice(11, 13));
  const hours = { in: { hour: Array.from({ length: lastHour + 1 }, (_, hour) => hour) } };
  const filters = { and: [...(question.filters?.and ?? []), hours] };
  const answer = await askQuestion({ ...question, filters }, signal).catch(() => null);
  return answer && { ...answer, lastHour };
}

async function countIn({ start, end }, dimension, { filters, ...question }, signal) {
  const range = { start_date: start, end_date: end };
  const known = { and: [...(filters?.and ?? []), { not: { eq: { [dimension]: null } } }] };
  const asked = { range, compare: undefined, metrics: ["views"], dimensions: [dimension], filters: known, limit: 1 };
  return (await askQuestion({ ...question, ...asked }, signal)).meta.rows_before_limit;
}

// answers: promises of the totals and of the answers of authors and countries. What the summaries do not hold under the
// filters has no number.
export async function showTotals(answers, params) {
  const section = byId("totals");
  section.setAttribute("aria-busy", "true");
  try {
    const [totals, authors, countries] = await Promise.all([
      answers.totals,
      answers.authors.catch(unlessNotHeld),
      answers.countries.catch(unlessNotHeld),
    ]);
    section.replaceChildren(totalsList(totals, authors, countries, params));
    section.setAttribute("aria-busy", "false");
  } catch (error) {
    if (error.name === "AbortError") return;
    section.replaceChildren(element("p", { class: "hint" }, failureText(error)));
    section.setAttribute("aria-busy", "false");
  }
}

function failureText(error) {
  if (error instanceof NotHeld) return `${error.message} ${error.remedy}`;
  return "Totals are not available: a request failed.";
}

function unlessNotHeld(error) {
  if (error instanceof NotHeld) return null;
  throw error;
}

function totalsList(totals, authors, countries, params) {
  const { now, change, countBefore } = totals;
  const days = change && comparedText(params, totals);
  const compare = (name) => change && comparison(change.now[name], change.before[name], days);
  const counted = (name, number, dimension) =>
    totalItem(name, number, number && countBefore ? laterComparison(number, countBefore(dimension), days) : null);
  return element(
    "dl",
    {},
    totalItem("Views", now.views, compare("views")),
    visitorsTotal(totals, (count, before) => comparison(count, before, days)),
    totalItem("Distinct blogs", now.blogs, change?.before.views ? compare("blogs") : null),
    counted("Authors", authors?.meta.rows_before_limit, "author"),
    counted("Countries", countries?.rows.filter(({ country }) => country).length, "country"),
  );
}

function totalItem(name, number, note) {
  const text = number === undefined ? "–" : formatInteger(number);
  return element("div", {}, element("dt", {}, name), element("dd", { class: "total" }, text), note);
}

function comparison(now, before, days) {
  const line = element("dd", { class: "comparison" });
  fillComparison(line, now, before, days);
  return line;
}

function laterComparison(now, promise, days) {
  const line = element("dd", { class: "comparison" }, "\u00a0");
  promise.then((before) => fillComparison(line, now, before, days), () => {});
  return line;
}

function fillComparison(line, now, before, days) {
  if (!before) return line.replaceChildren(`No views in ${days}`);
  line.title = `${formatInteger(before)} in ${days}`;
  line.replaceChildren(changeNote(now, before), ` vs ${days}`);
}
