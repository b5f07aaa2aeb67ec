// Requests to the public API. Counts of events are points {x, y, z}, whose meaning differs by endpoint.
// This module gives them names; no other module knows x, y and z. Views are asked for in query_api.js.

import { authenticatedFetch } from "./authenticated_fetch.js";

export class RequestRejected extends Error {}
class ServerError extends Error {}

// The summaries do not hold the answer: `remedy` says what would make the question answerable.
export class NotHeld extends RequestRejected {
  constructor(reason, remedy = "") {
    super(reason);
    this.remedy = remedy;
  }
}

const PERIOD_LABEL = /^(\d{4}-\d\d-\d\d) \((\d+) \w+\)$/;
const toGroup = ({ x, y, z }) => ({ label: x, total: z, distinct: y });

// The label of a period is its first day and its distinct count: "2024-03-04 (2 blogs)".
function toPeriod({ x, y, z }) {
  const [, start, distinct] = PERIOD_LABEL.exec(x);
  return { start, total: y, growth: z, distinct: Number(distinct) };
}

// Each resolves to { points, freshness }. `total` is the number of events of a point,
// `distinct` the number of distinct sessions among them.
export const fetchGroups = (path, body, signal) => fetchPoints(path, body, signal, toGroup);
export const fetchPeriods = (path, body, signal) => fetchPoints(path, body, signal, toPeriod);

async function fetchPoints(path, body, signal, toPoint) {
  const headers = { "Content-Type": "application/json" };
  const response = await request(path, { method: "POST", headers, body: JSON.stringify(body), signal });
  return { points: (await response.json()).map(toPoint), freshness: readFreshness(response.headers) };
}

export async function fetchJson(path, params, signal) {
  const response = await request(`${path}?${new URLSearchParams(params)}`, { signal });
  return response.json();
}

export async function request(path, options) {
  const response = await authenticatedFetch(path, options).catch(throwUnreachable);
  if (response.ok) return response;
  const problem = await response.json().catch(() => null);
  if (response.status === 422) throw new NotHeld(problem.reason, problem.remedy);
  const message = errorMessage(problem) || `The server answered ${response.status}.`;
  throw response.status < 500 ? new RequestRejected(message) : new ServerError(message);
}

function throwUnreachable(error) {
  throw error.name === "AbortError" ? error : new ServerError("The server cannot be reached.");
}

// The API answers an error as a text, or as texts by field, nested.
function errorMessage(detail, field = "") {
  if (typeof detail === "string") {
    return field && field !== "detail" && field !== "error" ? `${field}: ${detail}` : detail;
  }
  if (Array.isArray(detail)) return detail.map((part) => errorMessage(part, field)).join(" ");
  return Object.entries(detail ?? {})
    .map(([name, part]) => errorMessage(part, name))
    .filter(Boolean)
    .join(" ");
}

function readFreshness(headers) {
  const asOf = headers.get("X-Summaries-As-Of");
  const distinct = headers.get("X-Distinct") ?? "exact";
  return {
    asOf: asOf && asOf !== "never" ? new Date(asOf) : null,
    pendingDays: Number(headers.get("X-Pending-Days") ?? 0),
    estimates: distinct === "exact" ? [] : [`distinct counts are ${distinct}`],
  };
}
