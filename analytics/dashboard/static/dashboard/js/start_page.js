// The first steps: wait until a page of the new site has been viewed.

import { fetchJson } from "./api.js";
import { byId } from "./dom.js";
import { showNotice } from "./notice.js";
import { createPoller } from "./polling.js";

const POLL_INTERVAL_MS = 3_000;

async function look() {
  const { count } = await fetchJson("/api/pages/", { domain: byId("waiting").dataset.host, limit: 1 });
  showNotice("");
  byId("arrived").hidden = count === 0;
  byId("waiting").textContent = count ? "The first view has arrived." : "Waiting for the first view …";
}

if (byId("waiting")) createPoller(POLL_INTERVAL_MS, look, (error) => showNotice(error.message))();
