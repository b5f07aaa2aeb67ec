// Questions to the public API. An answer comes with how fresh it is; a refusal with its reasons in words.

import { call } from "./session.js";

export class Refused extends Error {}
class Unreachable extends Error {}

export async function ask(path, body, signal) {
  const headers = { "Content-Type": "application/json" };
  const answer = await answered(path, { method: "POST", headers, body: JSON.stringify(body), signal });
  return { points: await answer.json(), fresh: freshness(answer.headers) };
}

export async function get(path, params, signal) {
  const answer = await answered(`${path}?${new URLSearchParams(params)}`, { signal });
  return answer.json();
}

async function answered(path, options) {
  const answer = await call(path, options).catch(unreachable);
  if (answer.ok) return answer;
  const words = reasons(await answer.json().catch(() => null)) || `The server answered ${answer.status}.`;
  throw answer.status < 500 ? new Refused(words) : new Unreachable(words);
}

function unreachable(error) {
  throw error.name === "AbortError" ? error : new Unreachable("The server can not be reached.");
}

function reasons(refusal, name = "") {
  if (typeof refusal === "string")
    return name && name !== "detail" && name !== "error" ? `${name}: ${refusal}` : refusal;
  if (Array.isArray(refusal)) return refusal.map((each) => reasons(each, name)).join(" ");
  return Object.entries(refusal ?? {})
    .map(([field, each]) => reasons(each, field))
    .filter(Boolean)
    .join(" ");
}

function freshness(headers) {
  const asOf = headers.get("X-Summaries-As-Of");
  return {
    asOf: asOf && asOf !== "never" ? new Date(asOf) : null,
    pending: Number(headers.get("X-Pending-Days") ?? 0),
    distinct: headers.get("X-Distinct") ?? "exact",
  };
}
