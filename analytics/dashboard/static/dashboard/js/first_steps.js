// The link to the page that sets up a site.

import { element } from "./dom.js";
import { pageData } from "./page_data.js";

export const firstStepsLink = () => element("a", { href: `${pageData.root}/dashboard/start/` }, "First steps");
