// The periods of a chart: when each ends, and whether the filter covers all of it.

import { countDays, currentHour, lastDayOfPeriod } from "./dates.js";

export function completePeriods(points, grain, { start, end }) {
  const now = currentHour();
  const today = now.slice(0, 10);
  return points
    .filter((period) => period.start <= now)
    .map((period, index) => {
      const lastDay = lastDayOfPeriod(period.start, grain);
      const isOver = grain === "hour" ? period.start < now : lastDay < today;
      const isCovered = (!start || start <= period.start) && (!end || lastDay <= end);
      return { ...period, end: lastDay, isWhole: isOver && isCovered, isFirst: index === 0 };
    });
}

// Without a grain in the URL the published endpoints choose one; the distance between two periods shows which.
export function grainOf(points) {
  if (points.length < 2) return "day";
  const days = countDays(points[0].start, points[1].start) - 1;
  return days >= 365 ? "year" : days >= 28 ? "month" : days === 7 ? "week" : "day";
}
