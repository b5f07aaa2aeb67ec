// The days that the parameters of the page's URL say.

import { addDays, firstDayOfPeriod, lastDayOfPeriod, today } from "./dates.js";

export const DEFAULT_RANGE = "month";
const RANGE_DAYS = { day: 1, week: 7, month: 30, year: 365 };

// The days as the API takes them: range, year, or start_date and end_date; nothing for all time.
export function periodFilters(params) {
  const [from, to] = [params.get("from"), params.get("to")];
  if (from || to) return { ...(from && { start_date: from }), ...(to && { end_date: to }) };
  if (params.get("year")) return { year: Number(params.get("year")) };
  const range = params.get("range") ?? DEFAULT_RANGE;
  if (range in CALENDAR_RANGES) return CALENDAR_RANGES[range](today());
  return range === "all" ? {} : { range };
}

const calendarPeriod = (day, grain) => ({
  start_date: firstDayOfPeriod(day, grain),
  end_date: lastDayOfPeriod(firstDayOfPeriod(day, grain), grain),
});
const CALENDAR_RANGES = {
  this_week: (day) => calendarPeriod(day, "week"),
  this_month: (day) => calendarPeriod(day, "month"),
  last_month: (day) => calendarPeriod(addDays(firstDayOfPeriod(day, "month"), -1), "month"),
};

// The first and the last day of the period, both included; null for an open end.
export function periodDays(params) {
  const filters = periodFilters(params);
  if (filters.year) return { start: `${filters.year}-01-01`, end: `${filters.year}-12-31` };
  if (filters.range) return { start: addDays(today(), 1 - RANGE_DAYS[filters.range]), end: today() };
  return { start: filters.start_date ?? null, end: filters.end_date ?? null };
}
