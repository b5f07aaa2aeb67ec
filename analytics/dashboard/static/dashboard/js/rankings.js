// Countries, blogs and authors, most viewed first, each as a table and a file.

import { changed, link } from "./address.js";
import { csvButton } from "./csv.js";
import { element } from "./dom.js";
import { share, whole } from "./numbers.js";
import { empty } from "./panel.js";
import { UNKNOWN, placeName } from "./places.js";
import { table } from "./table.js";
import { world } from "./world.js";

const NOTHING = "No views in this period with these filters.";
const number = true;

export async function countriesPanel({ points, fresh }) {
  if (!points.length) return { body: [empty(NOTHING)], fresh };
  const all = points.reduce((total, { z }) => total + z, 0);
  const columns = [
    { name: "Country" },
    { name: "Views", number },
    { name: "Share", number },
    { name: "Blogs", number },
  ];
  const rows = points.map(({ x, y, z }) => ({ cells: [country(x), whole(z), share(z, all), whole(y)], weight: z }));
  const map = await world(new Map(points.map(({ x, z }) => [x, z])));
  const list = element("div", {}, table({ caption: "Views by country", columns, rows, unit: "countries" }));
  const file = points.map(({ x, y, z }) => [x, x === UNKNOWN ? x : placeName(x), z, y]);
  const tools = [
    csvButton("views-by-country", "Views by country", ["code", "country", "views", "distinct blogs"], file),
  ];
  return { body: [element("div", { class: "beside" }, map, list)], tools, fresh };
}

export function blogsPanel({ points, fresh }) {
  if (!points.length) return { body: [empty(NOTHING)], fresh };
  const columns = [{ name: "Blog" }, { name: "Views", number }, { name: "Countries", number }];
  const rows = points.map(({ x, y, z }) => ({ cells: [title(x), whole(y), whole(z)], weight: y }));
  const tools = [
    csvButton(
      "top-blogs",
      "Top blogs",
      ["title", "views", "distinct countries"],
      points.map(({ x, y, z }) => [x, y, z]),
    ),
  ];
  return { body: table({ caption: "Top blogs", columns, rows, unit: "blogs" }), tools, fresh };
}

export function authorsPanel({ points, fresh }) {
  if (!points.length) return { body: [empty(NOTHING)], fresh };
  const columns = [{ name: "Author" }, { name: "Views", number }, { name: "Blogs", number }];
  const rows = points.map(({ x, y, z }) => ({ cells: [author(x), whole(z), whole(y)], weight: z }));
  const tools = [
    csvButton(
      "top-authors",
      "Top authors",
      ["author", "views", "distinct blogs"],
      points.map(({ x, y, z }) => [x, z, y]),
    ),
  ];
  return { body: table({ caption: "Top authors", columns, rows, unit: "authors" }), tools, fresh };
}

const title = (words) => element("span", { title: words }, words || "(no title)");
const author = (name) => element("a", { href: link(changed({ author: name })), title: `Only ${name}` }, name);
const country = (code) =>
  element(
    "a",
    { href: link(changed({ country: code, not: null })), title: `Only ${placeName(code)}` },
    placeName(code),
  );
