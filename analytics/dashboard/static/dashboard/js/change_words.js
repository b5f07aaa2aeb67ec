// What the change of a page means, in words, by the measure of change.

import { formatDecimal, formatInteger } from "./number_format.js";

const SMOOTHING_SNAPSHOTS = 5; // as src/tally/trending.py has it
const MIN_USUAL = 0.05; // visitors; fewer are shown as none

// Return a function from a page to these words. interval: the seconds between two snapshots
export const changeWords = (measure, interval) => (page) => WORDS[measure](page, interval);

const WORDS = {
  difference: ({ change }, interval) => `${moreOrFewer(change)} than ${interval} seconds ago`,
  smoothed: ({ change }, interval) => {
    const seconds = SMOOTHING_SNAPSHOTS * interval;
    return `${moreOrFewer(change)} on average in the last ${seconds} seconds than in those before`;
  },
  relative: ({ visitors, usual }) => {
    if (usual === null) return "";
    if (usual < MIN_USUAL) return "usually no one at this hour";
    const times = visitors / usual;
    if (times >= 1.5) return `${formatDecimal(times)} times what is usual at this hour (${formatDecimal(usual)})`;
    return `${formatInteger(visitors)} instead of the usual ${formatDecimal(usual)} at this hour`;
  },
};

function moreOrFewer(change) {
  const count = formatDecimal(Math.abs(change));
  return `${count} ${change < 0 ? "fewer" : "more"} visitor${count === "1" ? "" : "s"}`;
}
