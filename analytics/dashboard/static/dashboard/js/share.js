// The form that shares this view by a link: it sends the filters that the address has when it is submitted.

import { byId } from "./dom.js";
import { currentParams } from "./navigation.js";

export function setUpSharing() {
  const field = byId("share-query"); // a shared view has no such form
  field?.form.addEventListener("submit", () => {
    field.value = `${currentParams()}`;
  });
}
