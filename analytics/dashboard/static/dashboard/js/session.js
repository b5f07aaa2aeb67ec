// Calls with the user's token, kept in this page's memory and nowhere else.

import { handed } from "./handed.js";

const tokens = { ...handed.tokens };
const begun = performance.now();
const TOO_SOON = 10_000; // a page that is refused this early would be refused again after signing in

let refreshing = null;
let leaving = false;

export async function call(path, options = {}) {
  const used = tokens.access;
  const answer = await send(path, options);
  if (answer.status !== 401) return answer;
  if (tokens.access !== used) return send(path, options); // renewed while this one was on its way
  refreshing ??= refresh().finally(() => (refreshing = null));
  return (await refreshing) ? send(path, options) : signIn(answer);
}

function send(path, { headers, ...options }) {
  return fetch(path, { ...options, headers: { ...headers, Authorization: `Bearer ${tokens.access}` } });
}

async function refresh() {
  const body = JSON.stringify({ refresh: tokens.refresh });
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch("/api/token/refresh/", { method: "POST", headers, body });
  if (answer.ok) Object.assign(tokens, await answer.json());
  return answer.ok;
}

function signIn(refused) {
  if (performance.now() - begun < TOO_SOON) return refused;
  const next = encodeURIComponent(location.pathname + location.search);
  if (!leaving) location.assign(`/dashboard/login/?next=${next}`);
  leaving = true;
  return new Promise(() => {}); // the page is being left
}
