// Panels of countries, blogs, and authors and sites, most viewed first.

import { rememberBlogs } from "./blog_titles.js";
import { UNKNOWN } from "./countries.js";
import { BY_VIEWS, dimensionContent, dimensionQuestion, dimensionTable } from "./dimension_panels.js";
import { element } from "./dom.js";
import { askQuestion } from "./query_api.js";
import { tableQuestion } from "./question_table.js";
import { tabbedPanel } from "./tabs.js";
import { worldMap } from "./world_map.js";

const MAX_COUNTRIES = 300; // more than there are, so that the map has all
const MAX_AUTHORS = 1000; // which the filter suggests

const countriesQuestion = (params) => ({ ...dimensionQuestion("country", params), limit: MAX_COUNTRIES });
const authorsQuestion = (params) => ({ ...dimensionQuestion("author", params), limit: MAX_AUTHORS });
const ask = (question, signal) => askQuestion(tableQuestion(question, BY_VIEWS), signal);

export const askCountries = (params, signal) => ask(countriesQuestion(params), signal);
export const askAuthors = (params, signal) => ask(authorsQuestion(params), signal);

export async function countriesPanel(params, signal, answers) {
  const answer = await answers.countries;
  const { body, ...rest } = dimensionContent("country", countriesQuestion(params), answer, { params, signal });
  if (!answer.rows.length) return { body, ...rest };
  const map = await worldMap(new Map(answer.rows.map(({ country, views }) => [country?.code ?? UNKNOWN, views])));
  return { body: [element("div", { class: "map-and-table" }, map, element("div", {}, body))], ...rest };
}

export async function blogsPanel(params, signal) {
  const question = dimensionQuestion("blog", params);
  const answer = await ask(question, signal);
  rememberBlogs(answer.rows.map(({ blog }) => blog));
  return dimensionContent("blog", question, answer, { params, signal });
}

export function authorsPanel(params, signal, answers) {
  const authors = async () =>
    dimensionContent("author", authorsQuestion(params), await answers.authors, { params, signal });
  return tabbedPanel("authors", [
    { key: "author", name: "Authors", load: authors },
    { key: "site", name: "Sites", load: () => dimensionTable("site", params, signal) },
  ]);
}
