// The map: Natural Earth's shapes, drawn in the projection of the same name, darker where there are more views.

import { drawn, element } from "./dom.js";
import { changed, go } from "./address.js";
import { counted, short } from "./numbers.js";
import { placeName } from "./places.js";
import { handed } from "./handed.js";

const SHAPES = new URL("../vendor/world/countries-110m.json", import.meta.url);
const ANTARCTICA = "010";
const LEVELS = 6;
const SCALE = 175;

let made = null;

// Drawn once; each answer only shades it anew.
export async function world(views) {
  made ??= fetch(SHAPES)
    .then((answer) => answer.json())
    .then(map);
  const { svg, lands } = await made;
  const most = Math.max(1, ...views.values());
  for (const [code, land] of lands) shade(land, code, views.get(code) ?? 0, most);
  return element("div", { class: "world" }, svg, legend(most));
}

function map(topology) {
  const lands = shapes(topology).map(({ code, path }) => [code, drawn("path", { d: path }, drawn("title"))]);
  const svg = drawn("svg", { viewBox: "8 0 964 464", role: "img", "aria-label": "Map of views by country" });
  for (const [code, land] of lands) {
    land.addEventListener("click", () => land.matches(".level-0") || go(changed({ country: code, not: null })));
    svg.append(land);
  }
  return { svg, lands };
}

function shade(land, code, views, most) {
  land.setAttribute("class", `level-${level(views, most)}`);
  land.firstChild.textContent = `${placeName(code)}: ${counted(views, "view")}`;
}

// Views are spread over powers of ten; so are the shades.
function level(views, most) {
  if (!views) return 0;
  return Math.max(1, Math.ceil(LEVELS * (Math.log(views + 1) / Math.log(most + 1))));
}

function legend(most) {
  const steps = Array.from({ length: LEVELS }, (_, n) => element("i", { class: `level-${n + 1}` }));
  return element("p", { class: "legend", "aria-hidden": "true" }, "1", ...steps, short(most));
}

function shapes(topology) {
  const { features } = topojson.feature(topology, topology.objects.countries);
  return features
    .filter(({ id }) => id !== ANTARCTICA)
    .map(({ id, geometry, properties }) => ({ code: handed.codes[id] ?? properties.name, path: outline(geometry) }));
}

function outline({ type, coordinates }) {
  const polygons = type === "Polygon" ? [coordinates] : coordinates;
  return polygons
    .flat()
    .map((ring) => `M${unbroken(ring).map(projected).join("L")}Z`)
    .join("");
}

// A ring that crosses the date line goes on beyond it, rather than back around the world.
function unbroken(ring) {
  let turns = 0;
  return ring.map(([longitude, latitude], n) => {
    const step = n ? longitude - ring[n - 1][0] : 0;
    if (Math.abs(step) > 180) turns -= Math.sign(step);
    return [longitude + 360 * turns, latitude];
  });
}

// Patterson, Savric, Jenny: The Natural Earth projection as a polynomial (2011).
function projected([longitude, latitude]) {
  const [l, p] = [(longitude * Math.PI) / 180, (latitude * Math.PI) / 180];
  const p2 = p * p;
  const p4 = p2 * p2;
  const x = l * (0.8707 - 0.131979 * p2 + p4 * (-0.013791 + p4 * (0.003971 * p2 - 0.001529 * p4)));
  const y = p * (1.007226 + p2 * (0.015085 + p4 * (-0.044475 + 0.028874 * p2 - 0.005916 * p4)));
  return `${(480 + SCALE * x).toFixed(1)},${(252 - SCALE * y).toFixed(1)}`;
}
