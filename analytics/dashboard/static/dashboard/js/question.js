// From the address of the warehouse page to the filters of a question.

import { UNKNOWN } from "./places.js";
import { days, later, today } from "./times.js";

export const USUAL = "month";
export const RANGES = { day: 1, week: 7, month: 30, year: 365 };

export function filters(params) {
  const author = params.get("author");
  const blog = params.get("blog");
  return {
    ...when(params),
    ...where(params.getAll("country"), params.getAll("not")),
    ...(author && { author_username: author }),
    ...(blog && { blog_id: number(blog) }),
  };
}

// The days asked about, both ends included; null where the question leaves an end open.
export function span(params) {
  const asked = when(params);
  if (asked.year) return { start: `${asked.year}-01-01`, end: `${asked.year}-12-31` };
  if (asked.range) return { start: later(today(), 1 - RANGES[asked.range]), end: today() };
  return { start: asked.start_date ?? null, end: asked.end_date ?? null };
}

// As many days right before, for comparison. A year that is not over is compared with the same part of the last one.
export function before(params) {
  const { start, end } = span(params);
  if (!start || !end || Number.isNaN(days(start, end))) return null;
  const over = end < today() ? end : today();
  if (when(params).year) return { start_date: yearEarlier(start), end_date: yearEarlier(over) };
  return { start_date: later(start, -days(start, end)), end_date: later(start, -1) };
}

export function beforeInWords(params) {
  const { start, end } = span(params);
  if (when(params).year) return `the same days of ${when(params).year - 1}`;
  return start === end ? "the day before" : `the ${days(start, end)} days before`;
}

export function dated(asked, dates) {
  const { year, range, start_date, end_date, ...others } = asked;
  return { ...others, ...dates };
}

export function when(params) {
  const [from, to] = [params.get("from"), params.get("to")];
  if (from || to) return { ...(from && { start_date: from }), ...(to && { end_date: to }) };
  if (params.get("year")) return { year: number(params.get("year")) };
  const range = params.get("range") ?? USUAL;
  return range === "all" ? {} : { range };
}

function where(wanted, unwanted) {
  if (![...wanted, ...unwanted].includes(UNKNOWN)) {
    return {
      ...(wanted.length && { country_codes: wanted }),
      ...(unwanted.length && { exclude_country_codes: unwanted }),
    };
  }
  const parts = [...(wanted.length ? [among(wanted)] : []), ...(unwanted.length ? [{ not: among(unwanted) }] : [])];
  return { filters: { and: parts } };
}

const among = (codes) => ({ in: { country: codes.map((code) => (code === UNKNOWN ? null : code)) } });
const number = (text) => (/^\d{1,15}$/.test(text) ? Number(text) : text); // what is none, the API refuses in words
const yearEarlier = (day) => `${Number(day.slice(0, 4)) - 1}${day.slice(4).replace("-02-29", "-02-28")}`;
