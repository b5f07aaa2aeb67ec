// The content of a panel without rows: why it is empty. What to do about it is said once, by the panel of views over time.

import { pageData } from "./page_data.js";
import { emptyMessage } from "./panel.js";
import { filteredDimensions } from "./question_filters.js";

export function emptyContent({ asOf, pendingDays }, params) {
  if (!asOf) return { body: [emptyMessage("Nothing rolled up yet.")] };
  if (pageData.seesNoSite) return { body: [emptyMessage("You may not see any site yet.")] };
  return { body: [emptyMessage(noViewsText(params))], freshness: { asOf, pendingDays } };
}

export const noViewsText = (params) =>
  filteredDimensions(params).length ? "No views in this period with these filters." : "No views in this period.";
