"""Taking the snapshots of all sites, once each interval, however many workers and servers there are."""

import time
from datetime import datetime

from analytics import conf, database, metrics
from analytics.live.store import snapshots
from analytics.live.store.snapshots import NewSnapshot
from tally.active_visitors import ActiveVisitors, active_by_site
from tally.counts import NO_COUNTS

NOBODY = ActiveVisitors(NO_COUNTS, 0)
MINUTE = 60
GRACE = 1.0


def interval() -> int:
    """Seconds from one snapshot to the next."""
    return conf.snapshot_seconds()


def moment_of(now: datetime) -> int:
    """The last moment of the grid of intervals, which is the same for all clocks that agree."""
    return int(now.timestamp()) // conf.snapshot_seconds() * conf.snapshot_seconds()


def keep_up(now: datetime) -> bool:
    """Sees to it that the snapshots that are due are there; whether they are. Whoever took the last ones in time is
    left GRACE seconds to take these; only when nobody does, whoever asks takes them."""
    last, moment = snapshots.last_round(), moment_of(now)
    if last is not None and last >= moment:
        return True
    if last == moment - conf.snapshot_seconds() and now.timestamp() - moment < GRACE:
        return False
    take_due(now)
    return True


def take_due(now: datetime) -> bool:
    """Takes the snapshots that are due; whether there were any to take. Of all who try at once one does it, and the
    others return when it is done."""
    moment, last = moment_of(now), snapshots.last_round()
    if last is not None and last >= moment:
        return False
    began = time.perf_counter()
    with database.committing():
        if not snapshots.begin(moment):
            return False
        _take(moment)
    metrics.timing("live.snapshot_ms", (time.perf_counter() - began) * 1000)
    return True


def _take(moment: int) -> None:
    """A site that falls silent has one snapshot that says so, and then none until somebody comes."""
    before = snapshots.round_before(moment)
    were = snapshots.sites_with_visitors(before) if before is not None else set()
    found = active_by_site(*snapshots.seen(moment - conf.active_seconds(), moment))
    new_minute = before is None or before // MINUTE < moment // MINUTE
    snapshots.add(
        [
            *(NewSnapshot(site, moment, found[site], new_minute or site not in were) for site in found),
            *(NewSnapshot(site, moment, NOBODY, True) for site in sorted(were - found.keys())),
        ]
    )
