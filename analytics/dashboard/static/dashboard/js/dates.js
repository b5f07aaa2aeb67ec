// Arithmetic with UTC days, each a text such as "2024-03-10".

const DAY_MS = 86_400_000;

const toDay = (time) => new Date(time).toISOString().slice(0, 10);

export const today = () => toDay(Date.now());
export const addDays = (day, count) => toDay(Date.parse(day) + count * DAY_MS);
export const countDays = (start, end) => Math.round((Date.parse(end) - Date.parse(start)) / DAY_MS) + 1;

export function lastDayOfPeriod(start, grain) {
  const first = new Date(start);
  const [year, month] = [first.getUTCFullYear(), first.getUTCMonth()];
  if (grain === "month") return toDay(Date.UTC(year, month + 1, 0));
  if (grain === "year") return toDay(Date.UTC(year, 11, 31));
  return addDays(start, grain === "week" ? 6 : 0);
}
