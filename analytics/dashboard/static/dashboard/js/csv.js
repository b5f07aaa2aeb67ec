// A table as a CSV file. A cell that a spreadsheet would run as a formula is escaped.

import { element } from "./dom.js";
import { showNotice } from "./notice.js";

const FORMULA = /^[\s]*[=+\-@]|^[\t\r]/;

// rows: a list, or a function that promises one, for rows that are only fetched when they are wanted
export function csvButton(fileName, title, header, rows) {
  const save = async () => saveCsv(fileName, toCsv(header, typeof rows === "function" ? await rows() : rows));
  return saveButton(title, save);
}

// save: a function that saves the file, and promises to have done so
export function saveButton(title, save) {
  const onClick = async () => {
    try {
      await save();
    } catch (error) {
      showNotice(`${title} as CSV: ${error.message}`);
    }
  };
  const attributes = { type: "button", class: "secondary", click: onClick, "aria-label": `${title} as CSV` };
  return element("button", attributes, "CSV");
}

const toCsv = (header, rows) => [header, ...rows].map((row) => `${row.map(toCell).join(",")}\r\n`).join("");
const toCell = (value) => (typeof value === "number" ? `${value}` : quote(escapeFormula(`${value ?? ""}`)));
const escapeFormula = (text) => (FORMULA.test(text) ? `'${text}` : text);
const quote = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

export function saveCsv(fileName, text) {
  const byteOrderMark = "\ufeff"; // without it, Excel does not read UTF-8
  const url = URL.createObjectURL(new Blob([byteOrderMark, text], { type: "text/csv" }));
  element("a", { href: url, download: `${fileName}.csv` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
