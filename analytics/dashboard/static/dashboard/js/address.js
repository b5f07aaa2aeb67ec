// What the parameters of the page's URL may say. One that says something else is left out, so that its default is shown,
// and the reader learns why.

import { pageData } from "./page_data.js";

const DAYS = /^(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)$/;

const isOneOf = (...words) => ({ accepts: (text) => words.includes(text), hint: words.join(", ") });
const isIn = (first, last) => ({
  accepts: (text) => /^\d{1,2}$/.test(text) && first <= Number(text) && Number(text) <= last,
  hint: `a number from ${first} to ${last}`,
});
const isNumber = { accepts: (text) => /^[1-9]\d{0,8}$/.test(text), hint: "a number from 1" };
const isDay = { accepts: isRealDay, hint: "a day such as 2024-03-10" };
const PARAMETERS = {
  range: isOneOf("day", "week", "month", "year", "this_week", "this_month", "last_month", "all"),
  year: { accepts: (text) => /^\d{4}$/.test(text), hint: "a year such as 2024" },
  from: isDay,
  to: isDay,
  by: isOneOf("hour", "day", "week", "month", "year"),
  compare: { accepts: isComparison, hint: "previous, year_before or days such as 2024-03-01..2024-03-31" },
  tz: isOneOf(...(pageData.timeZones ?? [])),
  hour: isIn(0, 23),
  weekday: isIn(1, 7),
  measure: isOneOf("difference", "smoothed", "relative"),
  page: isNumber,
  errors: isNumber,
};

export function validParams(search) {
  return new URLSearchParams([...new URLSearchParams(search)].filter((entry) => !problem(entry)));
}

export function problems(search) {
  return [...new URLSearchParams(search)].map(problem).filter(Boolean).join(" ");
}

function problem([name, text]) {
  const parameter = PARAMETERS[name];
  if (!parameter || !text || parameter.accepts(text)) return null;
  return `The address says ${name}=${
    text.slice(0, 100)
  }, which is not known and left out; it can be ${parameter.hint}.`;
}

function isRealDay(text) {
  const time = Date.parse(text);
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function isComparison(text) {
  const [, first, last] = DAYS.exec(text) ?? [];
  return ["previous", "year_before"].includes(text) || (isRealDay(first) && isRealDay(last) && first <= last);
}
