// Countries by name, in the page's language; the browser knows them.

import { handed } from "./handed.js";

export const UNKNOWN = "Unknown";
const names = new Intl.DisplayNames("en", { type: "region", fallback: "none" });

export const codes = Object.values(handed.codes ?? {}).sort();

export function placeName(code) {
  if (!/^[A-Z]{2}$/.test(code)) return code;
  return names.of(code) ?? code;
}

export function codeOf(words) {
  const typed = words.trim();
  if (typed.toLowerCase() === UNKNOWN.toLowerCase()) return UNKNOWN;
  const named = codes.find((code) => placeName(code).toLowerCase() === typed.toLowerCase());
  return named ?? typed.toUpperCase();
}
