// The usual periods, as links, and what the address says of them.

import { segments } from "./segments.js";
import { USUAL } from "./question.js";
import { today } from "./times.js";

const NO_TIME = { range: null, year: null, from: null, to: null, page: null };
const RANGES = [
  ["day", "Today"],
  ["week", "7 days"],
  ["month", "30 days"],
  ["year", "12 months"],
];

export function showPresets(params) {
  const dated = params.get("from") || params.get("to");
  const range = dated || params.get("year") ? null : (params.get("range") ?? USUAL);
  const year = Number(today().slice(0, 4));
  const ofYear = (each) => [`${each}`, { ...NO_TIME, year: each }, !dated && params.get("year") === `${each}`];
  segments("presets", [
    ...RANGES.map(([name, words]) => [words, { ...NO_TIME, range: name }, range === name]),
    ofYear(year),
    ofYear(year - 1),
    ["All time", { ...NO_TIME, range: "all" }, range === "all"],
  ]);
}
