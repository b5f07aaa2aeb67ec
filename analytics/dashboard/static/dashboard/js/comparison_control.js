// The choice of what the period is compared with: nothing, the period before, the year before, or other days.

import { byId } from "./dom.js";
import { hasBothEnds } from "./question_filters.js";

const OTHER_DAYS = "days";

export function setUpComparison() {
  byId("compare").addEventListener("change", showDateFields);
}

export function showComparisonChoice(params) {
  const choice = byId("compare");
  const chosen = params.get("compare") ?? "";
  const days = chosen.includes("..") ? chosen.split("..") : ["", ""];
  for (const option of choice.options) option.disabled = isWord(option.value) && !hasBothEnds(params);
  choice.value = days[0] ? OTHER_DAYS : chosen;
  dateFields().forEach((field, index) => (field.value = days[index]));
  showDateFields();
}

// Write the choice into URL parameters. Days are written once both are there.
export function setComparison(params, _name, choice) {
  const days = dateFields().map((field) => field.value).sort();
  if (choice !== OTHER_DAYS) params.set("compare", choice);
  else if (days[0]) params.set("compare", days.join(".."));
  if (!choice) params.delete("compare");
}

const isWord = (value) => value && value !== OTHER_DAYS;
const dateFields = () => [byId("compare-from"), byId("compare-to")];

function showDateFields() {
  for (const field of dateFields()) field.closest("label").hidden = byId("compare").value !== OTHER_DAYS;
}
