"""Learn the usual numbers of visitors: each hour that is over becomes one observation of that hour of the day."""

import logging
from datetime import datetime

from analytics.live.store import baselines, pages, snapshots
from tally.baseline import EMPTY_BASELINE, mean_over_time

log = logging.getLogger(__name__)
HOUR_SECONDS = 3600
MAX_HOURS_PER_RUN = 48
"""The number of past hours that are caught up on after an absence; older hours are skipped."""


def update(site: int, now: datetime) -> int:
    """Add the hours of a site that are over to its baselines, if they are not in them yet. Return the number of hours
    that had snapshots."""
    this_hour = int(now.timestamp()) // HOUR_SECONDS * HOUR_SECONDS
    known = baselines.learnt_until(site) or 0
    if known > this_hour + HOUR_SECONDS:
        log.warning(
            "The baselines of site %d were learnt until %d s in the future: a server's clock was wrong.",
            site,
            known - this_hour,
        )
        known = baselines.reset_future(site, this_hour)
    return sum(
        _learn(site, start)
        for start in range(max(known, this_hour - MAX_HOURS_PER_RUN * HOUR_SECONDS), this_hour, HOUR_SECONDS)
    )


def update_all(now: datetime) -> int:
    """Update the baselines of every site that has a lasting snapshot within the last MAX_HOURS_PER_RUN hours. Return
    the number of hours that had snapshots, over all these sites."""
    return sum(
        update(site, now) for site in snapshots.visited_since(int(now.timestamp()) - MAX_HOURS_PER_RUN * HOUR_SECONDS)
    )


def catch_up(host: str, now: datetime) -> None:
    """Update the baselines of the site of this host, if it exists. Requests call this where no worker runs."""
    for site in pages.site_ids([host]).values():
        update(site, now)


def _learn(site: int, start: int) -> bool:
    """Add one hour to the baseline of its hour of the day and return whether it had snapshots. An hour without any is
    left out, because it does not show whether there were no visitors or no snapshots were taken."""
    shots = snapshots.between(site, start, start + HOUR_SECONDS, lasting=True)
    if not shots:
        return False
    hour = start // HOUR_SECONDS % 24
    found = mean_over_time([shot.moment for shot in shots], [shot.pages for shot in shots], start + HOUR_SECONDS)
    baselines.store(site, hour, baselines.baselines(site).get(hour, EMPTY_BASELINE).after(found), start + HOUR_SECONDS)
    return True
