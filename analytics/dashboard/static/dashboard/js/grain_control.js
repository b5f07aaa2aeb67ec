// The choice of the interval of a chart: days, weeks, months or years, and where they are counted, hours.

import { segmentedControl } from "./segmented_control.js";

const AUTO = ["", "Auto"];
const GRAINS = [
  ["day", "Days"],
  ["week", "Weeks"],
  ["month", "Months"],
  ["year", "Years"],
];

// more: further grains, each with its name, shorter than a day
export function showGrains(params, more = []) {
  const current = params.get("by") ?? "";
  segmentedControl(
    "grains",
    [AUTO, ...more, ...GRAINS].map(([grain, label]) => ({
      label,
      changes: { by: grain },
      selected: grain === current,
    })),
  );
}
