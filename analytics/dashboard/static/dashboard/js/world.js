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

let shapes;

export async function world(views) {
  shapes ??= fetch(SHAPES).then((answer) => answer.json()).then(paths);
  const most = Math.max(1, ...views.values());
  const lands = (await shapes).map(({ code, path }) => land(code, path, views.get(code) ?? 0, most));
  const map = drawn("svg", { viewBox: "8 0 964 464", role: "img", "aria-label": "Map of views by country" }, lands);
  return element("div", { class: "world" }, map, legend(most));
}

function land(code, path, views, most) {
  const title = drawn("title", {}, `${placeName(code)}: ${counted(views, "view")}`);
  const choose = views ? () => go(changed({ country: code, not: null })) : null;
  return drawn("path", { d: path, class: `level-${level(views, most)}`, click: choose }, title);
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

function paths(topology) {
  const { features } = topojson.feature(topology, topology.objects.countries);
  return features
    .filter(({ id }) => id !== ANTARCTICA)
    .map(({ id, geometry, properties }) => ({ code: handed.codes[id] ?? properties.name, path: outline(geometry) }));
}

function outline({ type, coordinates }) {
  const polygons = type === "Polygon" ? [coordinates] : coordinates;
  return polygons.flat().map((ring) => `M${unbroken(ring).map(projected).join("L")}Z`).join("");
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
