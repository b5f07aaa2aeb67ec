// The roll-ups that are declared: which dimensions are counted together.

import { pageData } from "./page_data.js";
import { timeZones } from "./zone.js";

const DIMENSIONS = [
  "country",
  "source",
  "medium",
  "campaign",
  "referrer",
  "device",
  "browser",
  "os",
  "language",
  "hour",
];
export const MAX_CROSSED = 3; // dimensions of one roll-up

export const isRolledUp = (name) => DIMENSIONS.includes(name);

export const isDeclared = (names, zone) =>
  pageData.rollUps.some((each) => each.zone === zone && names.every((name) => each.dimensions.includes(name)));

// The dimensions that the roll-up of a question must have, those it shows and all together with those of its filters, and
// its zone.
export function neededRollUp({ dimensions = [], filters, time_zone: zone = timeZones[0] }) {
  const shown = dimensions.map((name) => name === "time:hour" ? "hour" : name).filter(isRolledUp);
  const named = [...shown, ...fieldsOf(filters)];
  return { shown, all: DIMENSIONS.filter((name) => named.includes(name)), zone };
}

function fieldsOf(tree) {
  if (!tree) return [];
  const [[operator, operand]] = Object.entries(tree);
  if (operator === "not") return fieldsOf(operand);
  return Array.isArray(operand) ? operand.flatMap(fieldsOf) : Object.keys(operand);
}
