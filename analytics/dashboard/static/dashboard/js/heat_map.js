// The hours of the day by the days of the week, as a table whose cells are shaded by their views.

import { saveButton } from "./csv.js";
import { element } from "./dom.js";
import { emptyContent } from "./empty_panel.js";
import { heatLegend, heatLevel } from "./heat_levels.js";
import { formatCount, formatShare } from "./number_format.js";
import { askQuestion, downloadCsv } from "./query_api.js";
import { baseQuestion, valueLabel } from "./question_filters.js";

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7];
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const MONDAY = Date.UTC(2024, 0, 1);
const DAY_MS = 86_400_000;
const shortWeekday = new Intl.DateTimeFormat(undefined, { timeZone: "UTC", weekday: "short" });
const TITLE = "Views by weekday and hour";

export async function hoursPanel(params, signal) {
  const question = { ...baseQuestion(params), compare: undefined, dimensions: ["weekday", "hour"], metrics: ["views"] };
  const answer = await askQuestion({ ...question, limit: HOURS.length * WEEKDAYS.length }, signal);
  if (!answer.rows.length) return emptyContent(answer.freshness, params);
  return {
    body: heatMap(answer.rows),
    tools: [saveButton(TITLE, () => downloadCsv(question, "views-by-hour"))],
    freshness: answer.freshness,
  };
}

function heatMap(rows) {
  const views = new Map(rows.map((row) => [`${row.weekday} ${row.hour}`, row.views]));
  const viewsAt = (weekday, hour) => views.get(`${weekday} ${hour}`) ?? 0;
  const max = Math.max(...views.values());
  const sum = rows.reduce((total, row) => total + row.views, 0);
  const readout = element("p", { class: "readout", "aria-hidden": "true" });

  const read = ({ target }) => {
    const cell = target.closest("td");
    if (cell) readout.replaceChildren(...readoutOf(cell.dataset, viewsAt, sum));
  };
  const cells = WEEKDAYS.map((weekday) => HOURS.map((hour) => heatCell(weekday, hour, viewsAt(weekday, hour), max)));
  const peak = cells.flat().find(({ dataset: { weekday, hour } }) => viewsAt(weekday, hour) === max);
  peak.setAttribute("tabindex", "0");
  readout.replaceChildren("Most: ", ...readoutOf(peak.dataset, viewsAt, sum));
  const table = element(
    "table",
    { class: "heat-map", mouseover: read, focusin: read, keydown: (event) => moveFocus(event, cells) },
    element("caption", { class: "visually-hidden" }, `${TITLE}. The arrow keys move from cell to cell.`),
    element("thead", {}, element("tr", {}, element("td"), HOURS.map(hourHead))),
    element("tbody", {}, WEEKDAYS.map((weekday, index) => element("tr", {}, weekdayHead(weekday), cells[index]))),
  );
  return [readout, table, heatLegend(max)];
}

function readoutOf({ weekday, hour }, viewsAt, sum) {
  const views = viewsAt(weekday, hour);
  const when = `${valueLabel("weekday", Number(weekday))} ${valueLabel("hour", Number(hour))}`;
  return [
    element("strong", {}, when),
    element("span", {}, `${formatCount(views, "view")} · ${formatShare(views, sum)}`),
  ];
}

const hourHead = (hour) =>
  element(
    "th",
    { scope: "col" },
    element("span", { class: "visually-hidden" }, valueLabel("hour", hour)),
    hour % 3 ? null : element("span", { "aria-hidden": "true" }, `${hour}`),
  );

function weekdayHead(weekday) {
  const short = shortWeekday.format(MONDAY + (weekday - 1) * DAY_MS);
  return element("th", { scope: "row" }, element("abbr", { title: valueLabel("weekday", weekday) }, short));
}

function heatCell(weekday, hour, views, max) {
  const attributes = { class: `heat-${heatLevel(views, max)}`, tabindex: "-1", title: formatCount(views, "view") };
  const cell = element("td", attributes, element("span", { class: "visually-hidden" }, formatCount(views, "view")));
  Object.assign(cell.dataset, { weekday, hour });
  return cell;
}

// One cell is reached by the Tab key; from it the arrow keys lead to the others.
function moveFocus(event, cells) {
  const step = STEPS[event.key];
  const row = cells.findIndex((each) => each.includes(event.target));
  if (!step || row < 0) return;
  const column = cells[row].indexOf(event.target) + step[1];
  const next = cells[row + step[0]]?.[column];
  event.preventDefault();
  if (!next) return;
  event.target.setAttribute("tabindex", "-1");
  next.setAttribute("tabindex", "0");
  next.focus();
}
