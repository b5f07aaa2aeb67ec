// Elements made from text, never from markup: whatever people called their blog stays a text.

const SVG = "http://www.w3.org/2000/svg";

export const element = (name, attributes, ...inside) => filled(document.createElement(name), attributes, inside);
export const drawn = (name, attributes, ...inside) => filled(document.createElementNS(SVG, name), attributes, inside);
export const byId = (id) => document.getElementById(id);

function filled(node, attributes = {}, inside = []) {
  for (const [name, value] of Object.entries(attributes)) give(node, name, value);
  node.append(...inside.flat().filter((each) => each !== null && each !== undefined));
  return node;
}

function give(node, name, value) {
  if (value === false || value === null || value === undefined) return;
  if (typeof value === "function") node.addEventListener(name, value);
  else if (name.startsWith("--")) node.style.setProperty(name, value);
  else node.setAttribute(name, value === true ? "" : value);
}
