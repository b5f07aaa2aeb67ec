// Dates and times as text: times in the viewer's time zone, days in UTC like the summaries.

const DATE = { timeZone: "UTC", day: "numeric", month: "short", year: "numeric" };
const DATE_TIME = {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  timeZoneName: "short",
};

const formatter = (options) => new Intl.DateTimeFormat("en-GB", options);

const dateTime = formatter(DATE_TIME);
const dateTimeWithYear = formatter({ ...DATE_TIME, year: "numeric" });
const date = formatter(DATE);
const periodByGrain = {
  day: formatter({ ...DATE, weekday: "short" }),
  week: date,
  month: formatter({ timeZone: "UTC", month: "long", year: "numeric" }),
  year: formatter({ timeZone: "UTC", year: "numeric" }),
};

export const formatDayAndMonth = formatter({ timeZone: "UTC", day: "numeric", month: "short" }).format;
export const formatMonth = formatter({ timeZone: "UTC", month: "short" }).format;
export const formatHourMinute = formatter({ hour: "2-digit", minute: "2-digit" }).format;
export const formatTime = formatter({ hour: "2-digit", minute: "2-digit", second: "2-digit" }).format;
export const formatDate = (day) => date.format(new Date(day));

export function formatDateTime(value) {
  const isThisYear = value.getFullYear() === new Date().getFullYear();
  return (isThisYear ? dateTime : dateTimeWithYear).format(value);
}

export function formatPeriod(start, grain) {
  const text = periodByGrain[grain].format(new Date(start));
  return grain === "week" ? `Week of ${text}` : text;
}
