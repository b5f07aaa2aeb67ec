// A panel with tabs, of which only the chosen one asks for its content.

import { NotHeld } from "./api.js";
import { element } from "./dom.js";
import { freshnessNote } from "./freshness.js";
import { failureMessage, showPanel } from "./panel.js";

const STEPS = { ArrowLeft: -1, ArrowRight: 1 };
const chosenTabs = new Map(); // by panel; a tab stays chosen while the filters change

// tabs: { key, name, load }, where `load` promises the content of a panel. Return such content, for panel `id`.
export async function tabbedPanel(id, tabs) {
  let current = tabs.find(({ key }) => key === chosenTabs.get(id)) ?? tabs[0];
  const { body, ...rest } = await current.load().catch(showRefusal);
  const panel = element("div", { role: "tabpanel", id: `${id}-tab`, "aria-label": current.name }, body);
  const buttons = tabs.map((tab) =>
    element(
      "button",
      { type: "button", role: "tab", "aria-controls": `${id}-tab`, click: () => choose(tab) },
      tab.name,
    )
  );

  function mark() {
    for (const [index, tab] of tabs.entries()) {
      buttons[index].setAttribute("aria-selected", `${tab === current}`);
      buttons[index].setAttribute("tabindex", tab === current ? "0" : "-1");
    }
    panel.setAttribute("aria-label", current.name);
  }

  async function choose(tab) {
    current = tab;
    chosenTabs.set(id, tab.key);
    mark();
    panel.setAttribute("aria-busy", "true");
    const content = await tab.load().catch((error) => ({ body: [failureMessage(error, () => choose(tab))] }));
    if (tab !== current || !panel.isConnected) return;
    panel.replaceChildren(...content.body);
    panel.setAttribute("aria-busy", "false");
    const { freshness } = content;
    showPanel(id, { tools: content.tools, footer: freshness ? freshnessNote(freshness) : [] });
  }

  function onKeyDown(event) {
    const step = STEPS[event.key];
    if (!step) return;
    const next = (tabs.indexOf(current) + step + tabs.length) % tabs.length;
    buttons[next].focus();
    choose(tabs[next]);
    event.preventDefault();
  }

  mark();
  const list = element(
    "div",
    { class: "tabs", role: "tablist", "aria-labelledby": `${id}-title`, keydown: onKeyDown },
    buttons,
  );
  return { body: [list, panel], ...rest };
}

// The other tabs may hold an answer where the summaries do not hold that of the first.
function showRefusal(error) {
  if (!(error instanceof NotHeld)) throw error;
  return { body: [failureMessage(error)] };
}
