// The views over time: periods of the interval in the URL, or of one that suits the days.

import { NotHeld, RequestRejected } from "./api.js";
import { addPeriods, countDays, firstDayOfPeriod, today } from "./dates.js";
import { askQuestion } from "./query_api.js";
import { baseQuestion, knowsVisitors } from "./question_filters.js";
import { periodDays } from "./url_filters.js";

const MAX_ROWS = 10_000;
const MAX_WEEKS_DAYS = 365;
const MAX_DAYS = 30;
const [FEW_MONTHS, MANY_MONTHS] = [2, 13];

// Resolve to { points, grain, compared, visitorsError, freshness }. A point is { start, total, distinct, visitors, growth,
// before }, where `before` is the period it is compared with, { start, total, distinct }, and growth is against the point
// before it. Where visitors are not known, they and their standard error are missing.
export async function fetchTimeSeries(params, signal) {
  const grain = params.get("by");
  if (grain) return toSeries(await askByPeriod(params, grain, signal), grain, params);
  const { start, end } = periodDays(params);
  return start && end ? fetchBetween(params, start, end, signal) : fetchAllTime(params, signal);
}

// A single day is shown by hours if a roll-up holds them.
async function fetchBetween(params, start, end, signal) {
  const days = countDays(start, end < today() ? end : today()) - 1;
  const grain = days > MAX_WEEKS_DAYS ? "month" : days > MAX_DAYS ? "week" : "day";
  if (start === end) {
    const answer = await askByPeriod(params, "hour", signal).catch(unlessNotHeld);
    if (answer) return toSeries(answer, "hour", params);
  }
  return toSeries(await askByPeriod(params, grain, signal), grain, params);
}

// The first and the last month with views say how long the time is.
async function fetchAllTime(params, signal) {
  const byMonth = await askByPeriod(params, "month", signal);
  const { length } = withoutEmptyEnds(byMonth.rows);
  const grain = length > MANY_MONTHS ? "month" : length > FEW_MONTHS ? "week" : "day";
  return toSeries(grain === "month" ? byMonth : await askByPeriod(params, grain, signal), grain, params);
}

// A long span has more periods than the API fills with zeros: ask again without the zeros.
async function askByPeriod(params, grain, signal) {
  const question = {
    ...baseQuestion(params),
    metrics: knowsVisitors(params) ? ["views", "blogs", "visitors"] : ["views", "blogs"],
    dimensions: [`time:${grain}`],
    limit: MAX_ROWS,
  };
  const answer = await askQuestion({ ...question, include: ["gaps"] }, signal).catch((error) => {
    if (error.message.includes("With gaps")) return askQuestion(question, signal);
    throw error;
  });
  if (answer.meta.rows_before_limit <= MAX_ROWS) return answer;
  throw new RequestRejected("These are too many periods to show. Choose fewer days or a longer interval.");
}

function unlessNotHeld(error) {
  if (error instanceof NotHeld) return null;
  throw error;
}

function toSeries({ rows, meta, freshness }, grain, params) {
  const { start, end } = periodDays(params);
  const shown = start && end ? rows : withoutEmptyEnds(rows);
  const startsBefore = start ? comparedStarts(meta.compared, grain) : () => null;
  const points = shown.map((row, index) => ({
    start: row.time,
    total: row.views,
    distinct: row.blogs,
    visitors: row.visitors,
    growth: growth(row.views, shown[index - 1]?.views),
    before: row.compared && before(row.compared, startsBefore(index)),
  }));
  const visitorsError = meta.distinct.visitors?.standard_error;
  return { points, grain, compared: meta.compared ?? null, visitorsError, freshness };
}

const growth = (now, before) => before ? Math.round((10_000 * (now - before)) / before) / 100 : 0;

// The compared span may have fewer periods than the one that is shown.
function before({ views, blogs }, start) {
  return start === undefined ? null : { start, total: views, distinct: blogs };
}

// Return a function from the number of a period to the start of the one it is compared with.
function comparedStarts(compared, grain) {
  if (!compared) return () => null;
  const first = firstDayOfPeriod(compared.start_date, grain);
  return (index) => {
    const start = addPeriods(first, grain, index);
    return start.slice(0, 10) <= compared.end_date ? start : undefined;
  };
}

function withoutEmptyEnds(rows) {
  const first = rows.findIndex(({ views }) => views);
  return first < 0 ? [] : rows.slice(first, rows.findLastIndex(({ views }) => views) + 1);
}
