// Questions that no declared roll-up holds. They are not asked, because the browser would log each refusal as an error.
// Under filters, panels say so in few words, and one line above them names the roll-ups that are missing.

import { NotHeld } from "./api.js";
import { byId, element } from "./dom.js";
import { currentParams } from "./navigation.js";
import { dimensionLabel, filteredDimensions } from "./question_filters.js";
import { isDeclared, isRolledUp, MAX_CROSSED, neededRollUp } from "./roll_ups.js";
import { isSharedView } from "./shared_filters.js";
import { currentZone } from "./zone.js";

const COMMAND = "manage.py precalculate_stats";
const list = new Intl.ListFormat("en-GB");

let missing = []; // lists of dimensions

export function forgetMissing() {
  missing = [];
  showMissing();
}

// Throw NotHeld for a question that the API would refuse with 422. That a declared roll-up is not filled yet is only known
// to the API.
export function requireRollUp(question) {
  const { shown, all, zone } = neededRollUp(question);
  if (isDeclared(all, zone)) return;
  if (!isDeclared(shown, zone)) {
    const remedy = `Add ${shown.join("+")} to IDEEZA_ROLLUPS and run ${COMMAND}, which fills it.`;
    throw new NotHeld(`No declared roll-up holds ${shown.join(" and ")}.`, remedy);
  }
  missing.push(all);
  showMissing();
  throw new NotHeld("Cannot be shown under these filters.");
}

function showMissing() {
  const line = byId("not-held");
  line.hidden = !missing.length;
  line.replaceChildren(...(missing.length ? explanation() : []));
}

// If the filters themselves are not counted together, hardly any panel has numbers, and theirs is the first to declare.
function explanation() {
  const filters = filteredDimensions(currentParams()).filter(isRolledUp);
  const areHeld = isDeclared(filters, currentZone());
  const others = new Set(missing.flat().filter((name) => !filters.includes(name)));
  const reason = areHeld
    ? `Not counted together with ${labels(filters)}: ${labels([...others])}.`
    : `Most panels cannot be shown under these filters: ${labels(filters)} are not counted together.`;
  const wanted = [...new Set((areHeld ? missing : [filters]).filter(canBeDeclared).map((names) => names.join("+")))];
  if (!wanted.length) return [`${reason} At most ${MAX_CROSSED} can be: remove a filter.`];
  if (isSharedView) return [reason];
  const [setting, command] = [wanted.join(","), COMMAND].map((text) => element("code", {}, text));
  return [reason, " To count them so, add ", setting, " to IDEEZA_ROLLUPS and run ", command, "."];
}

const canBeDeclared = (names) => names.length <= MAX_CROSSED;
const labels = (names) => list.format(names.map(dimensionLabel));
