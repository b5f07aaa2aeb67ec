// Build elements from text, never from markup: a blog title with HTML in it is shown as it is written.

const SVG = "http://www.w3.org/2000/svg";

export const byId = (id) => document.getElementById(id);
export const element = (tag, attributes, ...children) => build(document.createElement(tag), attributes, children);
export const svgElement = (tag, attributes, ...children) =>
  build(document.createElementNS(SVG, tag), attributes, children);

function build(node, attributes = {}, children = []) {
  for (const [name, value] of Object.entries(attributes)) setAttribute(node, name, value);
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

// A function is a listener for the event `name`, and a name such as "--share" is a CSS variable.
function setAttribute(node, name, value) {
  if (value === false || value === null || value === undefined) return;
  if (typeof value === "function") node.addEventListener(name, value);
  else if (name.startsWith("--")) node.style.setProperty(name, value);
  else node.setAttribute(name, value === true ? "" : value);
}
