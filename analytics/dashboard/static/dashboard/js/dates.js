// Arithmetic with days, each a text such as "2024-03-10".

import { currentZone } from "./zone.js";

const [HOUR_MS, DAY_MS] = [3_600_000, 86_400_000];

const toDay = (time) => new Date(time).toISOString().slice(0, 10);

export const addDays = (day, count) => toDay(Date.parse(day) + count * DAY_MS);
export const countDays = (start, end) => Math.round((Date.parse(end) - Date.parse(start)) / DAY_MS) + 1;

// The day and the hour, as "2024-03-10T17:00", that it is now in the zone of the page.
export function currentHour() {
  const parts = clockOf(currentZone()).formatToParts(Date.now());
  const { year, month, day, hour } = Object.fromEntries(parts.map(({ type, value }) => [type, value]));
  return `${year}-${month}-${day}T${hour}:00`;
}

const clocks = new Map(); // by zone: making one takes about a millisecond

function clockOf(timeZone) {
  if (!clocks.has(timeZone)) {
    const options = { timeZone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit" };
    clocks.set(timeZone, new Intl.DateTimeFormat("en", options));
  }
  return clocks.get(timeZone);
}

export const today = () => currentHour().slice(0, 10);

export function firstDayOfPeriod(day, grain) {
  if (grain === "month") return `${day.slice(0, 8)}01`;
  if (grain === "year") return `${day.slice(0, 4)}-01-01`;
  return grain === "week" ? addDays(day, -((new Date(day).getUTCDay() + 6) % 7)) : day; // weeks begin on Monday
}

export function lastDayOfPeriod(start, grain) {
  const day = start.slice(0, 10);
  const [year, month] = day.split("-").map(Number);
  if (grain === "month") return toDay(Date.UTC(year, month, 0));
  if (grain === "year") return `${day.slice(0, 4)}-12-31`;
  return addDays(day, grain === "week" ? 6 : 0);
}

// The start of the period so many periods after one that begins at `start`.
export function addPeriods(start, grain, count) {
  const [year, month] = start.split("-").map(Number);
  if (grain === "year") return `${year + count}-01-01`;
  if (grain === "month") return toDay(Date.UTC(year, month - 1 + count, 1));
  if (grain === "hour") {
    return new Date(Date.parse(`${start.slice(0, 10)}T00:00Z`) + count * HOUR_MS).toISOString().slice(0, 16);
  }
  return addDays(start, grain === "week" ? 7 * count : count);
}
