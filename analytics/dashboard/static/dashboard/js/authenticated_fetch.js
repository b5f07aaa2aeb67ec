// fetch() with the user's access token. The tokens stay in the memory of this page.

import { pageData } from "./page_data.js";
import { isSharedView } from "./shared_filters.js";

const MIN_PAGE_AGE_MS = 10_000; // a page rejected earlier than this would be rejected again after signing in

const tokens = { ...pageData.tokens };
const loadedAt = performance.now();

let refreshing = null;
let redirecting = false;

export async function authenticatedFetch(path, options = {}) {
  const usedToken = tokens.access;
  const response = await send(path, options);
  if (response.status !== 401) return response;
  if (tokens.access !== usedToken) return send(path, options); // another request has refreshed it meanwhile
  refreshing ??= refreshTokens().finally(() => (refreshing = null));
  return (await refreshing) ? send(path, options) : redirectToLogin(response);
}

function send(path, { headers, ...options }) {
  return fetch(pageData.root + path, { ...options, headers: { ...headers, Authorization: `Bearer ${tokens.access}` } });
}

async function refreshTokens() {
  const response = await (isSharedView ? fetch(location.pathname, { method: "POST" }) : sendRefreshToken());
  if (response.ok) Object.assign(tokens, await response.json());
  return response.ok;
}

function sendRefreshToken() {
  const body = JSON.stringify({ refresh: tokens.refresh });
  const headers = { "Content-Type": "application/json" };
  return fetch(`${pageData.root}/api/token/refresh/`, { method: "POST", headers, body });
}

function redirectToLogin(rejection) {
  if (isSharedView || performance.now() - loadedAt < MIN_PAGE_AGE_MS) return rejection;
  const next = encodeURIComponent(location.pathname + location.search);
  if (!redirecting) location.assign(`${pageData.root}/dashboard/login/?next=${next}`);
  redirecting = true;
  return new Promise(() => {}); // the browser is leaving the page
}
