// The filters of the warehouse page: presets and steps as links, fields, and a chip for each filter in force.

import { changed, go, here, link } from "./address.js";
import { byId, element } from "./dom.js";
import { UNKNOWN, codeOf, codes, placeName } from "./places.js";
import { USUAL } from "./question.js";
import { today } from "./times.js";

const NO_TIME = { range: null, year: null, from: null, to: null };
const RANGES = [["day", "Today"], ["week", "7 days"], ["month", "30 days"], ["year", "12 months"]];
const GRAINS = [["", "Auto"], ["day", "Days"], ["week", "Weeks"], ["month", "Months"], ["year", "Years"]];
const LISTS = { country: "", not: "Not " };
const SINGLE = { author: "Author", blog: "Blog" };

export function controls() {
  const form = byId("filters");
  byId("countries-known").replaceChildren(...[...codes, UNKNOWN].map((code) => choice(code, placeName(code))));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    apply(form);
  });
  form.addEventListener("change", (event) => event.target.type !== "date" && apply(form));
}

export function showControls() {
  const params = here();
  segments("presets", presets(params));
  segments("grains", GRAINS.map(([by, name]) => [name, { by }, (params.get("by") ?? "") === by]));
  for (const name of ["from", "to"]) byId("filters").elements[name].value = params.get(name) ?? "";
  for (const name of ["country", "not", "author", "blog"]) byId("filters").elements[name].value = "";
  byId("chips").replaceChildren(...chips(params));
}

export function knowAuthors(names) {
  byId("authors-known").replaceChildren(...names.slice(0, 1000).map((name) => choice(name)));
}

function presets(params) {
  const dated = params.get("from") || params.get("to");
  const range = dated || params.get("year") ? null : (params.get("range") ?? USUAL);
  const year = Number(today().slice(0, 4));
  const ofYear = (each) => [`${each}`, { ...NO_TIME, year: each }, !dated && params.get("year") === `${each}`];
  return [
    ...RANGES.map(([name, words]) => [words, { ...NO_TIME, range: name }, range === name]),
    ofYear(year),
    ofYear(year - 1),
    ["All time", { ...NO_TIME, range: "all" }, range === "all"],
  ];
}

function segments(id, choices) {
  const frame = byId(id);
  const links = choices.map(([words, changes, chosen]) =>
    element("a", { href: link(changed(changes)), "aria-current": chosen ? "true" : null }, words),
  );
  const focused = [...frame.querySelectorAll("a")].indexOf(document.activeElement);
  frame.replaceChildren(frame.querySelector("legend"), ...links);
  links[focused]?.focus();
}

function apply(form) {
  if (!form.reportValidity()) return;
  const params = here();
  const given = Object.fromEntries(new FormData(form));
  for (const name of ["from", "to"]) given[name] ? params.set(name, given[name]) : params.delete(name);
  if (given.from || given.to) for (const name of ["range", "year"]) params.delete(name);
  for (const name of Object.keys(LISTS)) if (given[name]) addCountry(params, name, codeOf(given[name]));
  for (const name of Object.keys(SINGLE)) if (given[name]) params.set(name, given[name]);
  go(params);
}

function addCountry(params, name, code) {
  const other = name === "country" ? "not" : "country";
  params.delete(other, code); // wanted and unwanted at once is a contradiction
  if (!params.has(name, code)) params.append(name, code);
}

function chips(params) {
  const lists = Object.entries(LISTS).flatMap(([name, word]) =>
    params.getAll(name).map((code) => chip(`${word}${placeName(code)}`, without(params, name, code))),
  );
  const single = Object.entries(SINGLE).flatMap(([name, word]) =>
    params.get(name) ? [chip(`${word}: ${params.get(name)}`, without(params, name))] : [],
  );
  const all = [...lists, ...single];
  const none = { country: null, not: null, author: null, blog: null };
  return all.length > 1 ? [...all, element("li", {}, element("a", { href: link(changed(none)) }, "Clear all"))] : all;
}

function chip(words, params) {
  const remove = element("a", { href: link(params), "aria-label": `Remove the filter ${words}` }, "×");
  return element("li", { class: "chip" }, element("span", {}, words), remove);
}

function without(params, name, value) {
  const others = new URLSearchParams(params);
  value === undefined ? others.delete(name) : others.delete(name, value);
  return others;
}

const choice = (value, label) => element("option", { value: label ?? value, label: label && label !== value ? value : null });
