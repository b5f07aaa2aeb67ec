// Which days have changed since the last roll-up. Each answer says how many of its span have, so halves are asked until found.

import { fill } from "./panel.js";
import { span } from "./question.js";
import { days, later, today } from "./times.js";

const MOST_QUESTIONS = 48;

// Draws the panel once more when it is known which of its days have changed. pendingOf asks how many of some days have.
export async function markStale(id, { answer, params, pendingOf, draw }) {
  try {
    const { points, fresh } = await answer;
    if (!fresh.pending || !points.length) return;
    const { start, end } = span(params);
    const last = end && end < today() ? end : today();
    const stale = await staleDays(start ?? points[0].x.slice(0, 10), last, fresh.pending, pendingOf);
    if (stale.length) fill(id, answer, (again) => draw(again, params, stale));
  } catch {
    // the panel has said what went wrong; the count of changed days stands under it
  }
}

function staleDays(start, end, pending, pendingOf) {
  const budget = { left: MOST_QUESTIONS };
  const count = (start_date, end_date) => {
    budget.left -= 1;
    return pendingOf({ start_date, end_date, limit: 1 });
  };
  return within(start, end, pending, count, budget);
}

// The newest half first: that is where facts arrive.
async function within(start, end, pending, count, budget) {
  const length = days(start, end);
  if (!pending) return [];
  if (pending >= length) return Array.from({ length }, (_, n) => later(start, n));
  if (budget.left < 1) return [];
  const newest = later(end, -Math.max(0, Math.floor(length / 2) - 1));
  const inNewest = await count(newest, end);
  const older = await within(start, later(newest, -1), pending - inNewest, count, budget);
  return [...older, ...(await within(newest, end, inNewest, count, budget))];
}
