// The filters of the warehouse page.

import { here } from "./address.js";
import { showChips } from "./chips.js";
import { byId, element } from "./dom.js";
import { fields, only, showFields } from "./fields.js";
import { showGrains } from "./grains.js";
import { UNKNOWN, codeOf, codes, placeName } from "./places.js";
import { showPresets } from "./presets.js";

const NAMED = {
  country: placeName,
  not: (code) => `Not ${placeName(code)}`,
  author: (name) => `Author: ${name}`,
  blog: (id) => `Blog: ${id}`,
};

export function controls() {
  byId("countries-known").replaceChildren(...[...codes, UNKNOWN].map(placeName).map(choice));
  fields({ country: addCountry, not: addCountry, author: only, blog: only });
}

export function showControls() {
  showPresets(here());
  showGrains(here());
  showFields();
  showChips(NAMED);
}

export function knowAuthors(names) {
  byId("authors-known").replaceChildren(...names.slice(0, 1000).map(choice));
}

function addCountry(params, name, typed) {
  const code = codeOf(typed);
  params.delete(name === "country" ? "not" : "country", code); // wanted and unwanted at once is a contradiction
  if (!params.has(name, code)) params.append(name, code);
}

const choice = (value) => element("option", { value });
