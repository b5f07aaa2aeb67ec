// The filters of the blog views page.

import { countryCode, countryCodes, countryName, UNKNOWN } from "./countries.js";
import { byId, element } from "./dom.js";
import { showFilterChips } from "./filter_chips.js";
import { clearFilterForm, setParam, setUpFilterForm } from "./filter_form.js";
import { showGrains } from "./grain_control.js";
import { currentParams } from "./navigation.js";
import { showPeriodPresets } from "./period_presets.js";

const MAX_AUTHOR_OPTIONS = 1000;
const CHIP_LABELS = {
  country: countryName,
  not: (code) => `Excluding ${countryName(code)}`,
  author: (name) => `Author: ${name}`,
  blog: (id) => `Blog: ${id}`,
};

export function setUpFilters() {
  byId("country-options").replaceChildren(...[...countryCodes, UNKNOWN].map(countryName).map(option));
  setUpFilterForm({ country: addCountry, not: addCountry, author: setParam, blog: setParam });
}

export function showFilters() {
  showPeriodPresets(currentParams());
  showGrains(currentParams());
  clearFilterForm();
  showFilterChips(CHIP_LABELS);
}

export function suggestAuthors(names) {
  byId("author-options").replaceChildren(...names.slice(0, MAX_AUTHOR_OPTIONS).map(option));
}

// A country cannot be included and excluded at once: the later choice wins.
function addCountry(params, name, text) {
  const code = countryCode(text);
  params.delete(name === "country" ? "not" : "country", code);
  if (!params.has(name, code)) params.append(name, code);
}

const option = (value) => element("option", { value });
