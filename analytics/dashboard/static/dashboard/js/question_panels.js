// The panels of the blog views page that each ask one question of the query language.

import { countryPeriodsPanel } from "./country_periods_panel.js";
import { devicesPanel, sourcesPanel } from "./dimension_panels.js";
import { byId } from "./dom.js";
import { hoursPanel } from "./heat_map.js";
import { moversPanel } from "./movers_panel.js";
import { fillPanel } from "./panel.js";
import { authorsPanel, blogsPanel, countriesPanel } from "./ranking_panels.js";

// By the id of the panel, a function that promises its content.
const PANELS = {
  countries: countriesPanel,
  sources: sourcesPanel,
  devices: devicesPanel,
  blogs: blogsPanel,
  authors: authorsPanel,
  movers: moversPanel,
  hours: hoursPanel,
  "country-periods": countryPeriodsPanel,
};

// answers: the promised answers that other parts of the page show too
export function showQuestionPanels(params, answers, signal, retry) {
  const ids = Object.keys(PANELS);
  const byView = Map.groupBy(ids, isInView); // these ask first: a browser has few connections to one server
  for (const id of [...(byView.get(true) ?? []), ...(byView.get(false) ?? [])]) {
    fillPanel(id, PANELS[id](params, signal, answers), (content) => content, retry);
  }
}

function isInView(id) {
  const { top, bottom } = byId(id).getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
}
