// From the parameters of the page's URL to the filters of an API request.

import { UNKNOWN } from "./countries.js";
import { addDays, countDays, today } from "./dates.js";

export const DEFAULT_RANGE = "month";
const RANGE_DAYS = { day: 1, week: 7, month: 30, year: 365 };

export function viewFilters(params) {
  const author = params.get("author");
  const blog = params.get("blog");
  return {
    ...periodFilters(params),
    ...countryFilters(params.getAll("country"), params.getAll("not")),
    ...(author && { author_username: author }),
    ...(blog && { blog_id: toNumber(blog) }),
  };
}

export function periodFilters(params) {
  const [from, to] = [params.get("from"), params.get("to")];
  if (from || to) return { ...(from && { start_date: from }), ...(to && { end_date: to }) };
  if (params.get("year")) return { year: toNumber(params.get("year")) };
  const range = params.get("range") ?? DEFAULT_RANGE;
  return range === "all" ? {} : { range };
}

export function replacePeriod(filters, dates) {
  const { year: _year, range: _range, start_date: _start, end_date: _end, ...others } = filters;
  return { ...others, ...dates };
}

// The first and the last day of the period, both included; null for an open end.
export function periodDays(params) {
  const filters = periodFilters(params);
  if (filters.year) return { start: `${filters.year}-01-01`, end: `${filters.year}-12-31` };
  if (filters.range) return { start: addDays(today(), 1 - RANGE_DAYS[filters.range]), end: today() };
  return { start: filters.start_date ?? null, end: filters.end_date ?? null };
}

// The same number of days right before. A year is compared with the year before, up to the same day if it is not over.
export function earlierPeriod(params) {
  const { start, end } = periodDays(params);
  if (!start || !end || Number.isNaN(countDays(start, end))) return null;
  const lastDay = end < today() ? end : today();
  if (periodFilters(params).year) return { start_date: yearBefore(start), end_date: yearBefore(lastDay) };
  return { start_date: addDays(start, -countDays(start, end)), end_date: addDays(start, -1) };
}

export function earlierPeriodText(params) {
  const { start, end } = periodDays(params);
  const { year } = periodFilters(params);
  if (year) return `the same days of ${year - 1}`;
  return start === end ? "the day before" : `the ${countDays(start, end)} days before`;
}

// "Unknown" has no country code: only a filter tree can select it, as null.
function countryFilters(included, excluded) {
  if (![...included, ...excluded].includes(UNKNOWN)) {
    return {
      ...(included.length && { country_codes: included }),
      ...(excluded.length && { exclude_country_codes: excluded }),
    };
  }
  const conditions = [
    ...(included.length ? [isOneOf(included)] : []),
    ...(excluded.length ? [{ not: isOneOf(excluded) }] : []),
  ];
  return { filters: { and: conditions } };
}

const isOneOf = (codes) => ({ in: { country: codes.map((code) => (code === UNKNOWN ? null : code)) } });
const toNumber = (text) => (/^\d{1,15}$/.test(text) ? Number(text) : text); // the API rejects other texts with a reason
const yearBefore = (day) => `${Number(day.slice(0, 4)) - 1}${day.slice(4).replace("-02-29", "-02-28")}`;
