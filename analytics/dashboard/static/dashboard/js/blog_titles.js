// The titles of blogs by their ids, as far as answers have said them.

import { askQuestion } from "./query_api.js";

const titles = new Map(); // null for an id that no viewed blog has

// undefined while it is not known
export const blogTitle = (id) => titles.get(`${id}`);

export function rememberBlogs(blogs) {
  for (const { id, title } of blogs) titles.set(`${id}`, title || "(no title)");
}

// Ask for those that are not known, by their views of all time. Resolve to whether any was asked for.
export async function lookUpBlogs(ids, signal) {
  const missing = ids.filter((id) => /^[1-9]\d{0,14}$/.test(id) && !titles.has(id));
  if (!missing.length) return false;
  const filters = { in: { blog: missing.map(Number) } };
  const question = { dataset: "views", metrics: ["views"], dimensions: ["blog"], filters, limit: missing.length };
  const { rows } = await askQuestion(question, signal);
  for (const id of missing) titles.set(id, null);
  rememberBlogs(rows.map(({ blog }) => blog));
  return true;
}
