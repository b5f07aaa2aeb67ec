// Which days have changed since the last roll-up. Each answer says how many of its span have, so halves are asked until found.

import { ask } from "./api.js";
import { days, later } from "./times.js";

const PATH = "/api/analytics/top/country/";
const MOST_QUESTIONS = 48;

export async function staleDays(start, end, pending, signal) {
  const budget = { left: MOST_QUESTIONS };
  const count = async (from, to) => {
    budget.left -= 1;
    const { fresh } = await ask(PATH, { start_date: from, end_date: to, limit: 1 }, signal);
    return fresh.pending;
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
