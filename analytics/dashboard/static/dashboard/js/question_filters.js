// From the parameters of the page's URL to a question of the query language, and links that add a filter to them.

import { countryName, UNKNOWN } from "./countries.js";
import { currentParams, linkTo, paramsWith } from "./navigation.js";
import { pageData } from "./page_data.js";
import { periodDays, periodFilters } from "./url_filters.js";
import { currentZone } from "./zone.js";

const LABELS = {
  country: "Country",
  source: "Source",
  medium: "Medium",
  campaign: "Campaign",
  referrer: "Referrer",
  device: "Device",
  browser: "Browser",
  os: "System",
  language: "Language",
  hour: "Hour",
  weekday: "Weekday",
  blog: "Blog",
  author: "Author",
  site: "Site",
};
const NUMBERS = ["hour", "weekday", "blog"];
const MONDAY = Date.UTC(2024, 0, 1);
const [MINUTE_MS, HOUR_MS, DAY_MS] = [60_000, 3_600_000, 86_400_000];

const languageNames = new Intl.DisplayNames(undefined, { type: "language", fallback: "none" });
const weekdayNames = new Intl.DateTimeFormat(undefined, { timeZone: "UTC", weekday: "long" });
const hourNames = new Intl.DateTimeFormat(undefined, { timeZone: "UTC", hour: "numeric", minute: "2-digit" });

// The dimensions that filter a question. Each is a parameter of the URL, which may be repeated.
export const DIMENSIONS = Object.keys(LABELS);
export const dimensionLabel = (dimension) => LABELS[dimension];

// What follows from the blog of a view. The summaries do not hold the visitors of each.
export const OF_BLOG = ["blog", "author", "site"];
export const knowsVisitors = (params) => pageData.knowsVisitors && !OF_BLOG.some((name) => params.has(name));

// { dataset, range, time_zone, filters, compare }, where what is undefined is not sent.
export function baseQuestion(params) {
  return {
    dataset: "views",
    range: toRange(periodFilters(params)),
    time_zone: currentZone(),
    filters: filterTree(params),
    compare: comparison(params),
  };
}

// The href of this page with one more filter. The value is as an answer has it: a code, an id, a number, a text or null.
export const filterLink = (dimension, value) => linkTo(paramsWithFilter(dimension, value));

export function paramsWithFilter(dimension, value) {
  const text = toText(value);
  const others = (name) => currentParams().getAll(name).filter((other) => other !== text);
  const noLongerExcluded = dimension === "country" ? { not: others("not") } : {};
  return paramsWith({ [dimension]: [...others(dimension), text], ...noLongerExcluded, page: null });
}

// The value for people; that of a blog, which only has an id here, is in blog_titles.js.
export function valueLabel(dimension, value) {
  const text = toText(value);
  return text === UNKNOWN ? UNKNOWN : (LABELERS[dimension] ?? String)(text);
}

const LABELERS = {
  country: countryName,
  device: (text) => text[0].toUpperCase() + text.slice(1),
  language: (tag) => nameOfLanguage(tag) ?? tag,
  hour: (hour) => hourNames.formatRange(hour * HOUR_MS, hour * HOUR_MS + 59 * MINUTE_MS),
  weekday: (number) => weekdayNames.format(MONDAY + (number - 1) * DAY_MS),
};

// All time has nothing before it to be compared with.
function comparison(params) {
  const text = params.get("compare");
  if (text?.includes("..")) {
    const [start_date, end_date] = text.split("..");
    return { start_date, end_date };
  }
  return text && hasBothEnds(params) ? text : undefined;
}

export function hasBothEnds(params) {
  const { start, end } = periodDays(params);
  return Boolean(start && end);
}

export function filteredDimensions(params) {
  return DIMENSIONS.filter((name) => params.get(name) || (name === "country" && params.get("not")));
}

function filterTree(params) {
  const filtering = DIMENSIONS.filter((dimension) => params.get(dimension));
  const conditions = filtering.map((dimension) => isIn(dimension, params.getAll(dimension)));
  if (params.get("not")) conditions.push({ not: isIn("country", params.getAll("not")) });
  return conditions.length ? { and: conditions } : undefined;
}

export function isIn(dimension, texts) {
  const values = [...new Set(texts.filter(Boolean))].map((text) => toValue(dimension, text));
  return { in: { [dimension]: values } };
}

function toValue(dimension, text) {
  if (text === UNKNOWN) return null;
  return NUMBERS.includes(dimension) && /^\d{1,15}$/.test(text) ? Number(text) : text; // the API rejects other texts
}

const toText = (value) => (value === null || value === undefined ? UNKNOWN : `${value}`);

// The days as the published endpoints take them, as a range of the language.
const toRange = ({ range, ...days }) => range ?? (Object.keys(days).length ? days : undefined);

function nameOfLanguage(tag) {
  try {
    return languageNames.of(tag);
  } catch {
    return null; // the tag is not well-formed
  }
}
