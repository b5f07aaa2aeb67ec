// The period that the page shows and the zone of its days, as text beside its heading.

import { formatDate, formatDates } from "./date_format.js";
import { countDays } from "./dates.js";
import { byId } from "./dom.js";
import { formatCount } from "./number_format.js";
import { periodDays } from "./url_filters.js";
import { currentZone, zoneName } from "./zone.js";

export function showPeriodInHeading(params, note = "") {
  byId("period").textContent = `${periodText(periodDays(params))} · ${zoneName(currentZone())}${note}`;
}

function periodText({ start, end }) {
  if (start && end) return `${formatDates(start, end)} · ${formatCount(countDays(start, end), "day")}`;
  if (start) return `From ${formatDate(start)}`;
  return end ? `Until ${formatDate(end)}` : "All time";
}
