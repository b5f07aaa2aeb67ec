// The fields of a filter form: what is typed goes into the address, and the fields are empty again.

import { go, here } from "./address.js";
import { byId } from "./dom.js";

const DATES = ["from", "to"];

// add: for each field but the dates, what puts its value into the address
export function fields(add) {
  const form = byId("filters");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    apply(form, add);
  });
  form.addEventListener("change", (event) => event.target.type !== "date" && apply(form, add));
}

export function showFields() {
  const params = here();
  for (const field of byId("filters").querySelectorAll("input"))
    field.value = params.get(DATES.includes(field.name) && field.name) ?? "";
}

export const only = (params, name, value) => params.set(name, value);

function apply(form, add) {
  if (!form.reportValidity()) return;
  const params = here();
  const given = Object.fromEntries(new FormData(form));
  for (const name of DATES) given[name] ? params.set(name, given[name]) : params.delete(name);
  if (given.from || given.to) for (const name of ["range", "year"]) params.delete(name);
  for (const [name, put] of Object.entries(add)) if (given[name]) put(params, name, given[name]);
  if (`${params}` !== `${here()}`) params.delete("page");
  go(params);
}
