// The time zone whose days the page shows: the one in the URL, else the first of those that are summed up.

import { currentParams } from "./navigation.js";
import { pageData } from "./page_data.js";

export const timeZones = pageData.timeZones ?? ["UTC"];

export const currentZone = () => currentParams().get("tz") || timeZones[0];
export const zoneName = (zone) => zone.replaceAll("_", " ");
