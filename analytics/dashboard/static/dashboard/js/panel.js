// One panel: waiting, filled, empty or failed, and how fresh it is.

import { byId, element } from "./dom.js";
import { freshness } from "./fresh.js";

const parts = (id) => {
  const root = byId(id);
  return {
    root,
    body: root.querySelector(".body"),
    tools: root.querySelector(".tools"),
    foot: root.querySelector(".fresh"),
  };
};

export async function fill(id, answer, draw, again) {
  byId(id).setAttribute("aria-busy", "true");
  try {
    const { fresh, ...drawing } = await draw(await answer);
    show(id, { foot: fresh ? freshness(fresh) : [], ...drawing });
  } catch (error) {
    if (error.name !== "AbortError") show(id, { body: [failed(error, again)] }); // else another question took its place
  }
}

// A part that is not given stays empty; a body that is not given stays as it is. Focus stays in its panel.
export function show(id, { body, tools = [], foot = [] }) {
  const panel = parts(id);
  const focused = panel.body.contains(document.activeElement);
  if (body) panel.body.replaceChildren(...body);
  panel.tools?.replaceChildren(...tools);
  panel.foot.replaceChildren(...foot);
  panel.root.setAttribute("aria-busy", "false");
  if (focused && body) panel.body.querySelector("[tabindex]")?.focus();
}

export function empty(words, ...more) {
  return element("div", { class: "empty" }, element("p", {}, words), ...more);
}

export function failed(error, again) {
  const button = again && element("button", { type: "button", click: again }, "Try again");
  return element("div", { class: "failed", role: "alert" }, element("p", {}, error.message), button);
}
