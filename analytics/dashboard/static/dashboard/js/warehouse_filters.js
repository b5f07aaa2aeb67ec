// The filters of the blog views page.

import { blogTitle, lookUpBlogs } from "./blog_titles.js";
import { setComparison, setUpComparison, showComparisonChoice } from "./comparison_control.js";
import { countryCode, countryCodes, countryName, UNKNOWN } from "./countries.js";
import { byId, element } from "./dom.js";
import { showFilterChips } from "./filter_chips.js";
import { clearFilterForm, setParam, setUpFilterForm } from "./filter_form.js";
import { showGrains } from "./grain_control.js";
import { currentParams } from "./navigation.js";
import { showPeriodPresets } from "./period_presets.js";
import { dimensionLabel, DIMENSIONS, valueLabel } from "./question_filters.js";
import { currentZone, timeZones, zoneName } from "./zone.js";

const MAX_AUTHOR_OPTIONS = 1000;
const CHIP_LABELS = {
  ...Object.fromEntries(DIMENSIONS.map((dimension) => [dimension, (value) => labelled(dimension, value)])),
  country: countryName,
  not: (code) => `Excluding ${countryName(code)}`,
  weekday: (number) => valueLabel("weekday", number),
  hour: (number) => valueLabel("hour", number),
  site: (host) => valueLabel("site", host),
  blog: blogLabel,
};

export function setUpFilters() {
  byId("country-options").replaceChildren(...[...countryCodes, UNKNOWN].map(countryName).map(option));
  byId("zone").replaceChildren(...timeZones.map((zone) => element("option", { value: zone }, zoneName(zone))));
  byId("zone").closest("label").hidden = timeZones.length < 2;
  setUpComparison();
  setUpFilterForm({
    country: addCountry,
    not: addCountry,
    author: setParam,
    blog: setParam,
    compare: setComparison,
    tz: setZone,
  });
}

export async function showFilters(signal) {
  const params = currentParams();
  showPeriodPresets(params);
  showGrains(params, [["hour", "Hours"]]);
  clearFilterForm();
  showComparisonChoice(params);
  byId("zone").value = currentZone();
  showFilterChips(CHIP_LABELS);
  const isNewlyKnown = await lookUpBlogs(params.getAll("blog"), signal).catch(() => false);
  if (isNewlyKnown) showFilterChips(CHIP_LABELS);
}

// answer: a promise of the rows of authors
export async function suggestAuthors(answer) {
  const { rows } = await answer.catch(() => ({ rows: [] })); // its panel shows the error
  const names = rows.map(({ author }) => author).filter(Boolean);
  byId("author-options").replaceChildren(...names.slice(0, MAX_AUTHOR_OPTIONS).map(option));
}

// A country cannot be included and excluded at once: the later choice wins.
function addCountry(params, name, text) {
  const code = countryCode(text);
  params.delete(name === "country" ? "not" : "country", code);
  if (!params.has(name, code)) params.append(name, code);
}

function setZone(params, name, zone) {
  if (zone === timeZones[0]) params.delete(name);
  else params.set(name, zone);
}

const labelled = (dimension, value) => `${dimensionLabel(dimension)}: ${valueLabel(dimension, value)}`;

function blogLabel(id) {
  const title = blogTitle(id);
  return title ?? (title === null ? `A blog without views (id ${id})` : "Blog …");
}

const option = (value) => element("option", { value });
