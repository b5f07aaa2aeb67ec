// The choice of the interval of a chart: days, weeks, months or years.

import { segmentedControl } from "./segmented_control.js";

const GRAINS = [
  ["", "Auto"],
  ["day", "Days"],
  ["week", "Weeks"],
  ["month", "Months"],
  ["year", "Years"],
];

export function showGrains(params) {
  const current = params.get("by") ?? "";
  segmentedControl(
    "grains",
    GRAINS.map(([grain, label]) => ({ label, changes: { by: grain }, selected: grain === current })),
  );
}
