// Moments in the viewer's zone, which is named; days as the days of the summaries, which are UTC days.

const DAY = 86_400_000;
const MOMENT = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" };
const DATE = { timeZone: "UTC", day: "numeric", month: "short", year: "numeric" };

const format = (options) => new Intl.DateTimeFormat("en-GB", options);
const moments = format({ ...MOMENT, timeZoneName: "short" });
const moments_of_other_years = format({ ...MOMENT, year: "numeric", timeZoneName: "short" });
const clock = format({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
const dates = format(DATE);
const forms = {
  day: format({ ...DATE, weekday: "short" }),
  week: dates,
  month: format({ timeZone: "UTC", month: "long", year: "numeric" }),
  year: format({ timeZone: "UTC", year: "numeric" }),
};

export const shortDay = format({ timeZone: "UTC", day: "numeric", month: "short" }).format;
export const shortMonth = format({ timeZone: "UTC", month: "short" }).format;
const minutes = format({ hour: "2-digit", minute: "2-digit" });
export const clockTime = (moment) => minutes.format(moment);
export const time = (moment) => clock.format(moment);
export const today = () => iso(Date.now());
const iso = (moment) => new Date(moment).toISOString().slice(0, 10);
export const date = (day) => dates.format(new Date(day));
export const later = (day, days) => iso(Date.parse(day) + days * DAY);
export const days = (start, end) => Math.round((Date.parse(end) - Date.parse(start)) / DAY) + 1;

export function moment(value) {
  const same = value.getFullYear() === new Date().getFullYear();
  return (same ? moments : moments_of_other_years).format(value);
}

export function period(start, grain) {
  const text = forms[grain].format(new Date(start));
  return grain === "week" ? `Week of ${text}` : text;
}

export function lastDay(start, grain) {
  const first = new Date(start);
  const [year, month] = [first.getUTCFullYear(), first.getUTCMonth()];
  if (grain === "month") return iso(Date.UTC(year, month + 1, 0));
  if (grain === "year") return iso(Date.UTC(year, 11, 31));
  return later(start, grain === "week" ? 6 : 0);
}
