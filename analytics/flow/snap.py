"""Taking the snapshots of all sites, once each interval, however many workers and servers there are."""

from datetime import datetime

from analytics import conf, database
from analytics.store import snapshots
from analytics.store.snapshots import New
from tally.counts import NOTHING
from tally.presence import Presence, presence

NOBODY = Presence(NOTHING, 0)
MINUTE = 60


def moment_of(now: datetime) -> int:
    """The last moment of the grid of intervals, which is the same for all clocks that agree."""
    return grid(now, conf.snapshot_seconds())


def grid(now: datetime, interval: int) -> int:
    return int(now.timestamp()) // interval * interval


def is_taken(moment: int) -> bool:
    """The cheap question: one look at an index."""
    last = snapshots.last_round()
    return last is not None and last >= moment


def snap(now: datetime) -> bool:
    """Takes the snapshots that are due; whether there were any to take. Of all who try at once one does it, and the
    others return when it is done."""
    moment = moment_of(now)
    if is_taken(moment):
        return False
    with database.committing():
        if not snapshots.begin(moment):
            return False
        _take(moment)
        return True


def _take(moment: int) -> None:
    """A site that falls silent has one snapshot that says so, and then none until somebody comes."""
    before = snapshots.round_before(moment)
    were = snapshots.sites_with_visitors(before) if before is not None else set()
    found = presence(*snapshots.seen(moment - conf.active_seconds(), moment))
    new_minute = before is None or before // MINUTE < moment // MINUTE
    snapshots.add(
        [
            *(New(site, moment, found[site], new_minute or site not in were) for site in found),
            *(New(site, moment, NOBODY, True) for site in sorted(were - found.keys())),
        ]
    )
