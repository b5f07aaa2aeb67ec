// The blog views page: totals, views over time, and a panel for each question, with the filters of the URL.

import { showComparison } from "./comparison.js";
import { showPeriodInHeading } from "./heading.js";
import { currentParams, onNavigate } from "./navigation.js";
import { forgetMissing } from "./not_held.js";
import { setUpNotes, showNotes } from "./notes.js";
import { fillPanel } from "./panel.js";
import { askQuestion } from "./query_api.js";
import { baseQuestion } from "./question_filters.js";
import { showQuestionPanels } from "./question_panels.js";
import { askAuthors, askCountries } from "./ranking_panels.js";
import { setUpSharing } from "./share.js";
import { markStaleDays } from "./stale_days.js";
import { fetchTimeSeries } from "./time_series.js";
import { fetchTotals, showTotals } from "./totals.js";
import { viewsOverTimePanel } from "./views_panel.js";
import { setUpFilters, showFilters, suggestAuthors } from "./warehouse_filters.js";

let controller = new AbortController();

function showPage() {
  controller.abort();
  controller = new AbortController();
  const { signal } = controller;
  const params = currentParams();
  showFilters(signal);
  forgetMissing();
  showPeriodInHeading(params);
  const totals = fetchTotals(params, signal);
  const time = fetchTimeSeries(params, signal);
  const answers = {
    totals,
    countries: askCountries(params, signal),
    authors: askAuthors(params, signal),
  };
  showQuestionPanels(params, answers, signal, showPage);
  showNotes(params);
  fillPanel("time", time, (series) => viewsOverTimePanel(series, params), showPage);
  showTotals(answers, params);
  showComparison(params, totals);
  suggestAuthors(answers.authors);
  markStaleDays("time", { answer: time, params, countPendingDays, draw: viewsOverTimePanel });
}

async function countPendingDays(range) {
  const { meta } = await askQuestion({
    ...baseQuestion(currentParams()),
    filters: undefined,
    compare: undefined,
    range,
  });
  return meta.pending_days;
}

setUpFilters();
setUpSharing();
setUpNotes(currentParams);
onNavigate(showPage);
