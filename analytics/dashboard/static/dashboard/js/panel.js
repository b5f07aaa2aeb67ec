// One panel: waiting, filled, empty or failed, and how fresh it is.

import { byId, element } from "./dom.js";
import { freshness } from "./fresh.js";

const parts = (id) => {
  const root = byId(id);
  return { root, body: root.querySelector(".body"), tools: root.querySelector(".tools"), foot: root.querySelector(".fresh") };
};

export async function fill(id, answer, draw, again) {
  const panel = parts(id);
  panel.root.setAttribute("aria-busy", "true");
  try {
    put(panel, await draw(await answer));
  } catch (error) {
    if (error.name === "AbortError") return; // another question took its place
    put(panel, { body: [failed(error, again)] });
  }
  panel.root.setAttribute("aria-busy", "false");
}

export function put({ body, tools, foot }, drawing) {
  body.replaceChildren(...drawing.body);
  tools.replaceChildren(...(drawing.tools ?? []));
  foot.replaceChildren(...(drawing.fresh ? freshness(drawing.fresh) : []));
}

export function empty(words, ...more) {
  return element("div", { class: "empty" }, element("p", {}, words), ...more);
}

export function failed(error, again) {
  const button = again && element("button", { type: "button", click: again }, "Try again");
  return element("div", { class: "failed", role: "alert" }, element("p", {}, error.message), button);
}
