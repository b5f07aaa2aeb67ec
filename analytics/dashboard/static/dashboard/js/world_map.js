// The world map, in the Natural Earth projection. The more views a country has, the stronger its colour.

import { countryName } from "./countries.js";
import { element, svgElement } from "./dom.js";
import { navigate } from "./navigation.js";
import { formatCompact, formatCount } from "./number_format.js";
import { pageData } from "./page_data.js";
import { paramsWithFilter } from "./question_filters.js";

const SHAPES_URL = new URL("../vendor/world/countries-110m.json", import.meta.url);
const ANTARCTICA = "010";
const LEVELS = 6;
const SCALE = 175;

let loadedMap = null;

// views: views by country code. The shapes are drawn once; later calls only change their colours.
export async function worldMap(views) {
  loadedMap ??= fetch(SHAPES_URL)
    .then((response) => response.json())
    .then(drawMap);
  const { svg, shapes } = await loadedMap;
  const max = Math.max(1, ...views.values());
  for (const [code, shape] of shapes) colourShape(shape, code, views.get(code) ?? 0, max);
  return element("div", { class: "world-map" }, svg, mapLegend(max));
}

function drawMap(topology) {
  const svg = svgElement("svg", { viewBox: "8 0 964 464", role: "img", "aria-label": "Map of views by country" });
  const shapes = countryOutlines(topology).map(({ code, path }) => {
    const shape = svgElement("path", { d: path }, svgElement("title"));
    shape.addEventListener("click", () => filterByCountry(shape, code));
    return [code, shape];
  });
  svg.append(...shapes.map(([, shape]) => shape));
  return { svg, shapes };
}

function filterByCountry(shape, code) {
  if (!shape.matches(".level-0")) navigate(paramsWithFilter("country", code));
}

function colourShape(shape, code, views, max) {
  shape.setAttribute("class", `level-${levelOf(views, max)}`);
  shape.firstChild.textContent = `${countryName(code)}: ${formatCount(views, "view")}`;
}

// Views of countries differ by powers of ten, so the scale is logarithmic.
function levelOf(views, max) {
  if (!views) return 0;
  return Math.max(1, Math.ceil(LEVELS * (Math.log(views + 1) / Math.log(max + 1))));
}

function mapLegend(max) {
  const swatches = Array.from({ length: LEVELS }, (_, index) => element("i", { class: `level-${index + 1}` }));
  return element("p", { class: "map-legend", "aria-hidden": "true" }, "1", ...swatches, formatCompact(max));
}

function countryOutlines(topology) {
  const { features } = topojson.feature(topology, topology.objects.countries);
  return features
    .filter(({ id }) => id !== ANTARCTICA)
    .map(({ id, geometry, properties }) => ({
      code: pageData.countryCodes[id] ?? properties.name,
      path: svgPath(geometry),
    }));
}

function svgPath({ type, coordinates }) {
  const polygons = type === "Polygon" ? [coordinates] : coordinates;
  return polygons
    .flat()
    .map((ring) => `M${acrossDateLine(ring).map(project).join("L")}Z`)
    .join("");
}

// Continue a ring that crosses the date line beyond it, rather than back around the world.
function acrossDateLine(ring) {
  let turns = 0;
  return ring.map(([longitude, latitude], index) => {
    const step = index ? longitude - ring[index - 1][0] : 0;
    if (Math.abs(step) > 180) turns -= Math.sign(step);
    return [longitude + 360 * turns, latitude];
  });
}

// Patterson, Savric, Jenny: The Natural Earth projection as a polynomial (2011).
function project([longitude, latitude]) {
  const lambda = (longitude * Math.PI) / 180;
  const phi = (latitude * Math.PI) / 180;
  const phi2 = phi * phi;
  const phi4 = phi2 * phi2;
  const x = lambda * (0.8707 - 0.131979 * phi2 + phi4 * (-0.013791 + phi4 * (0.003971 * phi2 - 0.001529 * phi4)));
  const y = phi * (1.007226 + phi2 * (0.015085 + phi4 * (-0.044475 + 0.028874 * phi2 - 0.005916 * phi4)));
  return `${(480 + SCALE * x).toFixed(1)},${(252 - SCALE * y).toFixed(1)}`;
}
