// The state of a page is its URL query: it can be sent to a colleague, and the back button works.

import { problems, validParams } from "./address.js";
import { setAddressNotice } from "./notice.js";
import { keepSharedFilters } from "./shared_filters.js";

const listeners = [];

export const currentParams = () => keepSharedFilters(validParams(location.search));
export const linkTo = (params) => `?${params}`;

// Copy the current parameters with some changed: null or "" removes one, a list sets several values.
export function paramsWith(changes) {
  const params = currentParams();
  for (const [name, value] of Object.entries(changes)) {
    params.delete(name);
    for (const each of [value].flat()) if (each !== null && each !== "") params.append(name, each);
  }
  return params;
}

export function navigate(given) {
  const params = keepSharedFilters(given);
  if (`${params}` === `${new URLSearchParams(location.search)}`) return;
  history.pushState(null, "", linkTo(params));
  notifyListeners();
}

// Call `show` now and after each change of the URL.
export function onNavigate(show) {
  listeners.push(show);
  setAddressNotice(problems(location.search));
  show();
}

function notifyListeners() {
  setAddressNotice(problems(location.search));
  for (const show of listeners) show();
}

// A plain click on a link within the page changes the URL without loading the page again.
function onClick(event) {
  const anchor = event.target.closest?.("a[href^='?']");
  if (!anchor || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  navigate(new URLSearchParams(anchor.search));
}

addEventListener("popstate", notifyListeners);
addEventListener("click", onClick);
