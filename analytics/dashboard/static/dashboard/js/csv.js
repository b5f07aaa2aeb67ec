// A table as a file. A cell that a spreadsheet would take for a formula is told to be a text.

import { element } from "./dom.js";

const FORMULA = /^[\s]*[=+\-@]|^[\t\r]/;

export const cell = (value) => (typeof value === "number" ? `${value}` : quoted(harmless(`${value ?? ""}`)));
export const csv = (head, rows) => [head, ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";

const harmless = (text) => (FORMULA.test(text) ? `'${text}` : text);
const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

export function csvButton(name, title, head, rows) {
  const save = () => download(`${name}.csv`, csv(head, rows));
  return element("button", { type: "button", class: "quiet", click: save, "aria-label": `${title} as CSV` }, "CSV");
}

function download(name, text) {
  const address = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv" })); // Excel needs the mark
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
