// The filters of a shared view: they cannot be removed. The server applies them whatever the page asks.

import { pageData } from "./page_data.js";

const shared = pageData.sharedFilters ?? [];

export const isSharedView = Boolean(pageData.sharedFilters);
export const isShared = (name, value) => shared.some(([own, each]) => own === name && each === value);

export function keepSharedFilters(params) {
  for (const [name, value] of shared) if (!params.has(name, value)) params.append(name, value);
  return params;
}
