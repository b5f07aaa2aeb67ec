// The filter form: what a user enters goes into the URL, and the fields are cleared.

import { byId } from "./dom.js";
import { currentParams, navigate } from "./navigation.js";

const DATE_FIELDS = ["from", "to"];

// setters: for each field that is not a date of the period, a function that writes its value into URL parameters. An
// empty field says nothing, an empty choice does.
export function setUpFilterForm(setters) {
  const form = byId("filters");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    applyForm(form, setters);
  });
  form.addEventListener("change", (event) => event.target.type !== "date" && applyForm(form, setters));
}

// The dates stay, as they are in the URL; other filters are shown as chips.
export function clearFilterForm() {
  const params = currentParams();
  for (const field of byId("filters").querySelectorAll("input")) {
    field.value = (DATE_FIELDS.includes(field.name) && params.get(field.name)) || "";
  }
}

export const setParam = (params, name, value) => params.set(name, value);

function applyForm(form, setters) {
  if (!form.reportValidity()) return;
  const params = currentParams();
  const values = Object.fromEntries(new FormData(form));
  setDates(params, values);
  for (const [name, set] of Object.entries(setters)) {
    if (values[name] || form.elements[name].matches("select")) set(params, name, values[name]);
  }
  if (`${params}` !== `${currentParams()}`) params.delete("page");
  navigate(params);
}

// Dates that were entered replace a preset period.
function setDates(params, values) {
  if (DATE_FIELDS.every((name) => values[name] === (params.get(name) ?? ""))) return;
  for (const name of DATE_FIELDS) {
    if (values[name]) params.set(name, values[name]);
    else params.delete(name);
  }
  if (values.from || values.to) {
    params.delete("range");
    params.delete("year");
  }
}
