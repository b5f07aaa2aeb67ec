// Questions in the query language: POST /api/analytics/query/.

import { request } from "./api.js";
import { saveCsv } from "./csv.js";
import { requireRollUp } from "./not_held.js";
import { formatShare } from "./number_format.js";

const URL = "/api/analytics/query/";
const MAX_ROWS = 10_000; // of one answer

// Resolve to { rows, totals, other, meta, freshness }. A question that the summaries do not hold is rejected with NotHeld.
export async function askQuestion(question, signal) {
  requireRollUp(question);
  const response = await post(question, "application/json", signal);
  const { rows, totals = null, other = null, meta } = await response.json();
  return { rows, totals, other, meta, freshness: freshnessOf(meta) };
}

// Save every row of the answer, whatever the limit of the question.
export async function downloadCsv(question, fileName) {
  saveCsv(fileName, (await fetchPages(question, 0)).join(""));
}

// A page with fewer lines than MAX_ROWS is the last. One row may take several lines, but never none.
async function fetchPages(question, offset) {
  const response = await post({ ...question, include: undefined, limit: MAX_ROWS, offset }, "text/csv");
  const page = await response.text();
  const [, header, rows] = /^(.*?\r\n)(.*)$/s.exec(page);
  const isLast = rows.split("\r\n").length <= MAX_ROWS;
  return [offset ? rows : header + rows, ...(isLast ? [] : await fetchPages(question, offset + MAX_ROWS))];
}

function post(question, accept, signal) {
  const headers = { "Content-Type": "application/json", Accept: accept };
  return request(URL, { method: "POST", headers, body: JSON.stringify(question), signal });
}

function freshnessOf(meta) {
  return {
    asOf: meta.as_of ? new Date(meta.as_of) : null,
    pendingDays: meta.pending_days,
    estimates: Object.entries(meta.distinct).filter(([, how]) => how.standard_error).map(estimateText),
  };
}

function estimateText([metric, { standard_error: error }]) {
  return `${metric} are estimates with a standard error of ${formatShare(error, 1)}`;
}
