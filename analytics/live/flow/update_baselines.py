"""Learn the usual numbers of visitors: each hour that is over becomes one observation of that hour of the day."""

from datetime import datetime

from analytics.live.store import baselines, pages, snapshots
from tally.baseline import EMPTY_BASELINE, mean_over_time

HOUR = 3600
MOST_HOURS = 48
"""The number of past hours that are caught up on after an absence; older hours are skipped."""


def update(site: int, now: datetime) -> int:
    """Add the hours of a site that are over to its profiles, if they are not in them yet. Return the number of hours
    that had snapshots."""
    this_hour = int(now.timestamp()) // HOUR * HOUR
    known = baselines.learnt_until(site) or 0
    return sum(_learn(site, start) for start in range(max(known, this_hour - MOST_HOURS * HOUR), this_hour, HOUR))


def update_all(now: datetime) -> int:
    """Update the profiles of every site that has a lasting snapshot within the last MOST_HOURS hours. Return the number
    of hours that had snapshots, over all these sites."""
    return sum(update(site, now) for site in snapshots.visited_since(int(now.timestamp()) - MOST_HOURS * HOUR))


def catch_up(host: str, now: datetime) -> None:
    """Update the profiles of the site of this host, if it exists. Requests call this where no worker runs."""
    for site in pages.known([host]).values():
        update(site, now)


def _learn(site: int, start: int) -> bool:
    """Add one hour to the profile of its hour of the day and return whether it had snapshots. An hour without any is
    left out, because it does not show whether there were no visitors or no snapshots were taken."""
    shots = snapshots.between(site, start, start + HOUR, lasting=True)
    if not shots:
        return False
    hour = start // HOUR % 24
    found = mean_over_time([shot.moment for shot in shots], [shot.pages for shot in shots], start + HOUR)
    baselines.keep(site, hour, baselines.usual(site).get(hour, EMPTY_BASELINE).after(found), start + HOUR)
    return True
