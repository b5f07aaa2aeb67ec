// One panel: loading, filled, empty or failed, with its buttons and its footer.

import { NotHeld } from "./api.js";
import { byId, element } from "./dom.js";
import { freshnessNote } from "./freshness.js";

// Show what `draw` makes of the answer, or the reason why there is none.
export async function fillPanel(id, answer, draw, retry) {
  byId(id).setAttribute("aria-busy", "true");
  try {
    const { freshness, ...content } = await draw(await answer);
    showPanel(id, { footer: freshness ? freshnessNote(freshness) : [], ...content });
  } catch (error) {
    if (error.name === "AbortError") return; // a newer request fills the panel
    showPanel(id, { body: [failureMessage(error, retry)] });
  }
}

// Without `body` the panel keeps the one it has. Keyboard focus stays in its panel.
export function showPanel(id, { body, tools = [], footer = [] }) {
  const panel = byId(id);
  const bodyElement = panel.querySelector(".body");
  const hadFocus = bodyElement.contains(document.activeElement);
  if (body) bodyElement.replaceChildren(...body);
  panel.querySelector(".tools")?.replaceChildren(...tools);
  panel.querySelector(".panel-footer").replaceChildren(...footer);
  panel.setAttribute("aria-busy", "false");
  if (hadFocus && body) bodyElement.querySelector("[tabindex='0']")?.focus();
}

export function emptyMessage(text, ...more) {
  return element("div", { class: "empty" }, element("p", {}, text), ...more);
}

// A question that the summaries do not hold is no failure: it says what to declare.
export function failureMessage(error, retry) {
  if (error instanceof NotHeld) {
    return emptyMessage(error.message, error.remedy ? element("p", { class: "hint" }, error.remedy) : null);
  }
  const button = retry && element("button", { type: "button", click: retry }, "Try again");
  return element("div", { class: "failed", role: "alert" }, element("p", {}, error.message), button);
}
