// What the page says about the days that its period is compared with.

import { formatDates, formatHour } from "./date_format.js";
import { addDays, countDays, today } from "./dates.js";
import { byId } from "./dom.js";
import { periodDays } from "./url_filters.js";

const HOUR_MS = 3_600_000;

// answer: a promise of the totals
export async function showComparison(params, answer) {
  const line = byId("comparison");
  line.textContent = "";
  if (!params.get("compare")) return;
  const totals = await answer.catch(() => null);
  if (totals?.meta.compared) {
    line.textContent = `Compared with ${comparedText(params, totals)}${whyPart(params, totals)}`;
  }
}

// The days, or the hours of a day, that the totals are compared with.
export function comparedText(params, { meta, lastHour }) {
  const { start, end } = comparedDays(params, meta.compared);
  const days = formatDates(start, end);
  return lastHour === undefined ? days : `${days} up to ${formatHour((lastHour + 1) * HOUR_MS)}`;
}

function whyPart(params, { meta: { compared }, lastHour }) {
  if (lastHour !== undefined) return ": today is not over";
  if (comparedDays(params, compared).end === compared.end_date) return "";
  return `, the same part of ${formatDates(compared.start_date, compared.end_date)}: this period is not over`;
}

// A period that is not over is compared with as many days of the other one as it has had.
export function comparedDays(params, { start_date, end_date }) {
  const { start, end } = periodDays(params);
  const isOver = !start || !end || today() < start || end <= today();
  const last = isOver ? end_date : addDays(start_date, countDays(start, today()) - 1);
  return { start: start_date, end: last < end_date ? last : end_date };
}
