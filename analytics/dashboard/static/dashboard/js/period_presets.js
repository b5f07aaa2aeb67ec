// The choice of a usual period: today, the last 7 days, this month, a year, all time.

import { today } from "./dates.js";
import { segmentedControl } from "./segmented_control.js";
import { DEFAULT_RANGE } from "./url_filters.js";

const NO_PERIOD = { range: null, year: null, from: null, to: null, page: null };
const RANGES = [
  ["day", "Today"],
  ["week", "7 days"],
  ["month", "30 days"],
  ["year", "12 months"],
  ["this_week", "This week"],
  ["this_month", "This month"],
  ["last_month", "Last month"],
];

export function showPeriodPresets(params) {
  const hasDates = params.get("from") || params.get("to");
  const currentYear = hasDates ? null : params.get("year");
  const currentRange = hasDates || params.get("year") ? null : (params.get("range") ?? DEFAULT_RANGE);
  const rangeChoice = ([range, label]) => ({
    label,
    changes: { ...NO_PERIOD, range },
    selected: range === currentRange,
  });
  const yearChoice = (year) => ({
    label: `${year}`,
    changes: { ...NO_PERIOD, year },
    selected: `${year}` === currentYear,
  });
  const thisYear = Number(today().slice(0, 4));
  segmentedControl("presets", [
    ...RANGES.map(rangeChoice),
    yearChoice(thisYear),
    yearChoice(thisYear - 1),
    rangeChoice(["all", "All time"]),
  ]);
}
