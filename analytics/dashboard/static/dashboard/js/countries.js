// Country names in the language of the browser, and country codes from what a user types.

import { pageData } from "./page_data.js";

export const UNKNOWN = "Unknown";
const names = new Intl.DisplayNames(undefined, { type: "region", fallback: "none" });

export const countryCodes = Object.values(pageData.countryCodes ?? {}).sort();

export function countryName(code) {
  if (!/^[A-Z]{2}$/.test(code)) return code;
  return names.of(code) ?? code;
}

export function countryCode(text) {
  const typed = text.trim();
  if (typed.toLowerCase() === UNKNOWN.toLowerCase()) return UNKNOWN;
  const match = countryCodes.find((code) => countryName(code).toLowerCase() === typed.toLowerCase());
  return match ?? typed.toUpperCase();
}
