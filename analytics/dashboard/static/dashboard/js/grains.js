// The steps of a series over time, as links.

import { segments } from "./segments.js";

const GRAINS = [
  ["", "Auto"],
  ["day", "Days"],
  ["week", "Weeks"],
  ["month", "Months"],
  ["year", "Years"],
];

export function showGrains(params) {
  segments(
    "grains",
    GRAINS.map(([by, name]) => [name, { by }, (params.get("by") ?? "") === by]),
  );
}
