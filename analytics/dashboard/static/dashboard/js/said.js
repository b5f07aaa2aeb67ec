// The question in words, under the page's heading.

import { byId } from "./dom.js";
import { counted } from "./numbers.js";
import { span } from "./question.js";
import { date, days } from "./times.js";

export function said(params, more = "") {
  byId("said").textContent = period(span(params)) + more;
}

function period({ start, end }) {
  try {
    if (start && end)
      return `${start === end ? date(start) : `${date(start)} – ${date(end)}`} · ${counted(days(start, end), "UTC day")}`;
    if (start) return `From ${date(start)}`;
    return end ? `Until ${date(end)}` : "All time";
  } catch {
    return "No such period"; // the panels say what the API makes of it
  }
}
