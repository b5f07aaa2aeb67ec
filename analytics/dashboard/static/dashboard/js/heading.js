// The period that the page shows, as text beside its heading.

import { formatDate } from "./date_format.js";
import { countDays } from "./dates.js";
import { byId } from "./dom.js";
import { formatCount } from "./number_format.js";
import { periodDays } from "./url_filters.js";

export function showPeriodInHeading(params, note = "") {
  byId("period").textContent = periodText(periodDays(params)) + note;
}

function periodText({ start, end }) {
  try {
    if (start && end) {
      const dates = start === end ? formatDate(start) : `${formatDate(start)} – ${formatDate(end)}`;
      return `${dates} · ${formatCount(countDays(start, end), "UTC day")}`;
    }
    if (start) return `From ${formatDate(start)}`;
    return end ? `Until ${formatDate(end)}` : "All time";
  } catch {
    return "Invalid period"; // the URL holds no real date; the panels show what the API says about it
  }
}
