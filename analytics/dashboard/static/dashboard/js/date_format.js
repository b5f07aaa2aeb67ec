// Dates and times as text, in the language of the browser. Times are in the viewer's time zone; a day is a text and has
// the same name in every zone, so it is read as one of UTC.

const DATE = { timeZone: "UTC", day: "numeric", month: "short", year: "numeric" };
const DATE_TIME = {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  timeZoneName: "short",
};

const formatter = (options) => new Intl.DateTimeFormat(undefined, options);

const dateTime = formatter(DATE_TIME);
const dateTimeWithYear = formatter({ ...DATE_TIME, year: "numeric" });
const date = formatter(DATE);
const periodByGrain = {
  hour: formatter({ ...DATE, hour: "2-digit", minute: "2-digit" }),
  day: formatter({ ...DATE, weekday: "short" }),
  week: date,
  month: formatter({ timeZone: "UTC", month: "long", year: "numeric" }),
  year: formatter({ timeZone: "UTC", year: "numeric" }),
};

export const formatDayAndMonth = formatter({ timeZone: "UTC", day: "numeric", month: "short" }).format;
export const formatHour = formatter({ timeZone: "UTC", hour: "numeric", minute: "2-digit" }).format;
export const formatMonth = formatter({ timeZone: "UTC", month: "short" }).format;
export const formatHourMinute = formatter({ hour: "2-digit", minute: "2-digit" }).format;
export const formatTime = formatter({ hour: "2-digit", minute: "2-digit", second: "2-digit" }).format;
export const formatDate = (day) => date.format(new Date(day));
export const formatDates = (start, end) =>
  start === end ? formatDate(start) : date.formatRange(new Date(start), new Date(end));

export function formatDateTime(value) {
  const isThisYear = value.getFullYear() === new Date().getFullYear();
  return (isThisYear ? dateTime : dateTimeWithYear).format(value);
}

// The time of a day or an hour, such as "2024-03-10T13:00", as if it were one of UTC.
export const startTime = (start) => Date.parse(start.length > 10 ? `${start}Z` : start);

export function formatPeriod(start, grain) {
  const text = periodByGrain[grain].format(startTime(start));
  return grain === "week" ? `Week of ${text}` : text;
}
