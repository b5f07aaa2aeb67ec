// Find the days that have changed since the last roll-up.
// The API only counts them within a span, so the search halves spans.

import { addDays, countDays, today } from "./dates.js";
import { fillPanel } from "./panel.js";
import { periodDays } from "./url_filters.js";

const MAX_REQUESTS = 48;

// Draw a panel again once its stale days are known. `countPendingDays` asks the API how many days of a span are stale.
export async function markStaleDays(id, { answer, params, countPendingDays, draw }) {
  try {
    const { points, freshness } = await answer;
    if (!freshness.pendingDays || !points.length) return;
    const { start, end } = periodDays(params);
    const lastDay = end && end < today() ? end : today();
    const firstDay = start ?? points[0].start.slice(0, 10);
    const staleDays = await findStaleDays(firstDay, lastDay, freshness.pendingDays, countPendingDays);
    if (staleDays.length) fillPanel(id, answer, (sameAnswer) => draw(sameAnswer, params, staleDays));
  } catch {
    // The panel shows what failed, and its footer the number of stale days.
  }
}

function findStaleDays(start, end, staleCount, countPendingDays) {
  const budget = { requestsLeft: MAX_REQUESTS };
  const countBetween = (start_date, end_date) => {
    budget.requestsLeft -= 1;
    return countPendingDays({ start_date, end_date });
  };
  return searchSpan(start, end, staleCount, countBetween, budget);
}

// Ask about the newer half first: most new data is recent.
async function searchSpan(start, end, staleCount, countBetween, budget) {
  const length = countDays(start, end);
  if (!staleCount) return [];
  if (staleCount >= length) return Array.from({ length }, (_, index) => addDays(start, index));
  if (budget.requestsLeft < 1) return [];
  const middle = addDays(end, -Math.max(0, Math.floor(length / 2) - 1));
  const newerCount = await countBetween(middle, end);
  const older = await searchSpan(start, addDays(middle, -1), staleCount - newerCount, countBetween, budget);
  const newer = await searchSpan(middle, end, newerCount, countBetween, budget);
  return [...older, ...newer];
}
