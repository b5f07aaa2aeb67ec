// The page's question stands in its address: it can be sent to a colleague, and the back button works.

const followers = [];

export const here = () => new URLSearchParams(location.search);
export const link = (params) => `?${params}`;

export function go(params) {
  if (`${params}` === `${here()}`) return;
  history.pushState(null, "", link(params));
  moved();
}

export function changed(changes) {
  const params = here();
  for (const [name, value] of Object.entries(changes)) set(params, name, value);
  return params;
}

export function follow(draw) {
  followers.push(draw);
  draw();
}

function set(params, name, value) {
  params.delete(name);
  for (const each of [value].flat()) if (each !== null && each !== "") params.append(name, each);
}

function moved() {
  for (const draw of followers) draw();
}

function followed(event) {
  const anchor = event.target.closest?.("a[href^='?']");
  if (!anchor || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  go(new URLSearchParams(anchor.search));
}

addEventListener("popstate", moved);
addEventListener("click", followed);
