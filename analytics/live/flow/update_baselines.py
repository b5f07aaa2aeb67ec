"""Learning what is usual: each hour that is over becomes one observation of that hour of the day."""

from datetime import datetime

from analytics.live.store import baselines, pages, snapshots
from tally.baseline import EMPTY_BASELINE, mean_over_time

HOUR = 3600
MOST_HOURS = 48
"""Older ones are not made up for after an absence."""


def update(site: int, now: datetime) -> int:
    """Takes in the hours of a site that are over and not in its profiles yet; how many had snapshots."""
    this_hour = int(now.timestamp()) // HOUR * HOUR
    known = baselines.learnt_until(site) or 0
    return sum(_learn(site, start) for start in range(max(known, this_hour - MOST_HOURS * HOUR), this_hour, HOUR))


def update_all(now: datetime) -> int:
    """The same for every site that was visited of late."""
    return sum(update(site, now) for site in snapshots.visited_since(int(now.timestamp()) - MOST_HOURS * HOUR))


def catch_up(host: str, now: datetime) -> None:
    """The same for one site, if it is known: for whoever asks where no worker runs."""
    for site in pages.known([host]).values():
        update(site, now)


def _learn(site: int, start: int) -> bool:
    """Of an hour without any snapshot nothing is known: perhaps nobody came, perhaps nobody looked."""
    shots = snapshots.between(site, start, start + HOUR, lasting=True)
    if not shots:
        return False
    hour = start // HOUR % 24
    found = mean_over_time([shot.moment for shot in shots], [shot.pages for shot in shots], start + HOUR)
    baselines.keep(site, hour, baselines.usual(site).get(hour, EMPTY_BASELINE).after(found), start + HOUR)
    return True
