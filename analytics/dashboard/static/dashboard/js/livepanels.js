// Pages of a site as they are now: the most visited with their course, and those that move.

import { csvButton } from "./csv.js";
import { element } from "./dom.js";
import { change, direction, whole } from "./numbers.js";
import { empty } from "./panel.js";
import { sparkline } from "./sparkline.js";
import { table } from "./table.js";

const number = true;
const HEAD = ["path", "title", "visitors", "change"];

export function pagesPanel(pages) {
  if (!pages.length) return { body: [empty("Nobody is on this site just now.")] };
  const columns = [
    { name: "Page" },
    { name: "Visitors", number },
    { name: "Change", number },
    { name: "Lately", number },
  ];
  const rows = pages.map((each) => ({ cells: [...cells(each), sparkline(each.series)], weight: each.visitors }));
  return {
    body: table({ caption: "Top pages", columns, rows, first: rows.length }),
    tools: [file("top-pages", "Top pages", pages)],
  };
}

export function movingPanel(pages, title, nothing) {
  if (!pages.length) return { body: [empty(nothing)] };
  const columns = [{ name: "Page" }, { name: "Visitors", number }, { name: "Change", number }];
  const rows = pages.map((each) => ({ cells: cells(each) }));
  const name = title.toLowerCase().replace(" ", "-");
  return { body: table({ caption: title, columns, rows, first: rows.length }), tools: [file(name, title, pages)] };
}

const cells = (each) => [page(each), whole(each.visitors), moved(each.change)];

function page({ path, title }) {
  const name = element("span", { title: `${title ?? ""}\n${path}`.trim() }, title || path);
  if (!title || title === path) return name;
  name.append(element("small", {}, path));
  return name;
}

function moved(by) {
  if (by === null || by === undefined)
    return element("span", { class: "level", title: "Not there a moment ago" }, "new");
  return element("span", { class: direction(by) }, change(by));
}

const file = (name, title, pages) =>
  csvButton(
    name,
    title,
    HEAD,
    pages.map((each) => [each.path, each.title, each.visitors, each.change]),
  );
