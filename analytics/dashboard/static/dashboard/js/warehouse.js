// The warehouse page: one question from the address, asked of each endpoint, shown in its panel.

import { follow, here } from "./address.js";
import { ask } from "./api.js";
import { controls, knowAuthors, showControls } from "./controls.js";
import { fill } from "./panel.js";
import { before, beforeInWords, dated, filters, span } from "./question.js";
import { authorsPanel, blogsPanel, countriesPanel } from "./rankings.js";
import { timePanel } from "./overtime.js";
import { showTotals } from "./totals.js";
import { said } from "./said.js";
import { markStale } from "./stale.js";

const API = "/api/analytics";
let asking = new AbortController();

function show() {
  asking.abort();
  asking = new AbortController();
  const params = here();
  showControls();
  said(params);
  const answers = asked(params, asking.signal);
  for (const answer of Object.values(answers)) answer.catch(() => {}); // its panel says so
  fill("time", answers.time, (answer) => timePanel(answer, params), show);
  fill("countries", answers.countries, countriesPanel, show);
  fill("blogs", answers.blogs, blogsPanel, show);
  fill("authors", answers.authors, authorsPanel, show);
  showTotals(answers, beforeInWords(params));
  answers.authors.then(
    ({ points }) => knowAuthors(points.map(({ x }) => x)),
    () => {},
  );
  const { signal } = asking;
  const pendingOf = async (days) => (await ask(`${API}/top/country/`, days, signal)).fresh.pending;
  markStale("time", { answer: answers.time, params, pendingOf, draw: timePanel });
}

function asked(params, signal) {
  const where = filters(params);
  const earlier = before(params);
  const by = params.get("by");
  const put = (path, body) => ask(`${API}/${path}/`, body, signal);
  const series = { ...where, ...(by && { compare: by }) };
  return {
    time: put("performance", { ...series, gaps: "fill" }).catch(unlessTooMany(() => put("performance", series))),
    authors: put("blog-views/user", where),
    countries: put("blog-views/country", where),
    blogs: put("top/blog", { ...where, limit: 100 }),
    before: earlier ? put("blog-views/user", dated(where, earlier)) : Promise.resolve(null),
  };
}

// A long history by days is more periods than the API fills with zeros.
const unlessTooMany = (otherwise) => (error) =>
  error.message.startsWith("gaps") ? otherwise() : Promise.reject(error);

controls();
follow(show);
