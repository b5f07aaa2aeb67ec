// The viewed blogs, most viewed first. One answer of the API lists at most 1,000 of them.

import { fetchRanking } from "./api.js";

const URL = "/api/analytics/top/blog/";
const MAX_IN_ANSWER = 1000;
const MAX_AUTHORS = 500;

export const fetchTopBlogs = (filters, signal) => fetchRanking(URL, { ...filters, limit: MAX_IN_ANSWER }, signal);
export const areAll = (points) => points.length < MAX_IN_ANSWER;

// Fetch all, by groups of authors with at most 1,000 viewed blogs together: each blog has one author.
export async function fetchAllBlogs(filters, authors) {
  const answers = await Promise.all(authorGroups(authors).map((names) => fetchTopBlogs(withAuthors(filters, names))));
  const points = answers.flatMap((answer) => answer.points);
  const count = authors.reduce((sum, { distinct }) => sum + distinct, 0);
  if (points.length < count) {
    throw new Error(`an author has more than ${MAX_IN_ANSWER} blogs, which cannot be listed. Choose a shorter period.`);
  }
  return points.sort((one, other) => other.total - one.total || (one.label < other.label ? -1 : 1));
}

function authorGroups(authors) {
  const groups = [];
  let room = 0;
  for (const { label, distinct } of authors) {
    if (distinct > room || groups.at(-1).length === MAX_AUTHORS) {
      groups.push([]);
      room = MAX_IN_ANSWER;
    }
    groups.at(-1).push(label);
    room -= distinct;
  }
  return groups;
}

function withAuthors(filters, names) {
  const written = { in: { author: names } };
  return { ...filters, filters: filters.filters ? { and: [filters.filters, written] } : written };
}
