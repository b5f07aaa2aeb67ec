// The page of shared views: a new link can be copied.

import { byId, element } from "./dom.js";

const link = byId("snippet");
if (link && navigator.clipboard) {
  const copy = async () => {
    await navigator.clipboard.writeText(link.textContent);
    button.textContent = "Copied";
  };
  const button = element("button", { type: "button", class: "secondary", click: copy }, "Copy");
  link.after(button);
}
