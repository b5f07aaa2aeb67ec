// The blog views page: totals, views over time, countries, blogs and authors, with the filters of the URL.

import { fetchGroups, fetchPeriods, fetchRanking } from "./api.js";
import { showPeriodInHeading } from "./heading.js";
import { currentParams, onNavigate } from "./navigation.js";
import { fillPanel } from "./panel.js";
import { authorsPanel, blogsPanel, countriesPanel } from "./ranking_panels.js";
import { markStaleDays } from "./stale_days.js";
import { showTotals } from "./totals.js";
import { earlierPeriod, earlierPeriodText, replacePeriod, viewFilters } from "./url_filters.js";
import { fetchAllBlogs, fetchTopBlogs } from "./viewed_blogs.js";
import { viewsOverTimePanel } from "./views_panel.js";
import { setUpFilters, showFilters, suggestAuthors } from "./warehouse_filters.js";

const API_URL = "/api/analytics";

let controller = new AbortController();

function showPage() {
  controller.abort();
  controller = new AbortController();
  const { signal } = controller;
  const params = currentParams();
  showFilters();
  showPeriodInHeading(params);
  const answers = fetchAnswers(params, signal);
  for (const answer of Object.values(answers)) answer.catch(() => {}); // the panel of the answer shows the error
  fillPanel("time", answers.views, (answer) => viewsOverTimePanel(answer, params), showPage);
  fillPanel("countries", answers.countries, countriesPanel, showPage);
  const fetchAll = async () => fetchAllBlogs(viewFilters(params), (await answers.authors).points);
  fillPanel("blogs", answers.blogs, (answer) => blogsPanel(answer, fetchAll), showPage);
  fillPanel("authors", answers.authors, authorsPanel, showPage);
  showTotals(answers, earlierPeriodText(params));
  answers.authors.then(({ points }) => suggestAuthors(points.map(({ label }) => label)), () => {});
  const countPendingDays = async (days) => {
    const { freshness } = await fetchRanking(`${API_URL}/top/country/`, days, signal);
    return freshness.pendingDays;
  };
  markStaleDays("time", { answer: answers.views, params, countPendingDays, draw: viewsOverTimePanel });
}

function fetchAnswers(params, signal) {
  const filters = viewFilters(params);
  const earlier = earlierPeriod(params);
  const authorsUrl = `${API_URL}/blog-views/user/`;
  return {
    views: fetchViewsOverTime({ ...filters, ...(params.get("by") && { compare: params.get("by") }) }, signal),
    authors: fetchGroups(authorsUrl, filters, signal),
    countries: fetchGroups(`${API_URL}/blog-views/country/`, filters, signal),
    blogs: fetchTopBlogs(filters, signal),
    earlierAuthors: earlier ? fetchGroups(authorsUrl, replacePeriod(filters, earlier), signal) : Promise.resolve(null),
  };
}

// A long span by days has more periods than the API fills with zeros: ask again without the zeros.
function fetchViewsOverTime(filters, signal) {
  const url = `${API_URL}/performance/`;
  return fetchPeriods(url, { ...filters, gaps: "fill" }, signal).catch((error) => {
    if (error.message.startsWith("gaps")) return fetchPeriods(url, filters, signal);
    throw error;
  });
}

setUpFilters();
onNavigate(showPage);
