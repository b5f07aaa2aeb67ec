"""Take the snapshots of all sites, once each interval, with any number of workers and servers."""

import logging
import time
from datetime import datetime

from analytics import conf, database, metrics
from analytics.clock import MAX_DIFFERENCE
from analytics.live.store import snapshots
from analytics.live.store.snapshots import NewSnapshot
from tally.active_visitors import ActiveVisitors, active_by_site, is_lasting
from tally.counts import NO_COUNTS

log = logging.getLogger(__name__)
NO_VISITORS = ActiveVisitors(NO_COUNTS, 0)
GRACE_SECONDS = 1.0
TOLERANCE_SECONDS = int(MAX_DIFFERENCE.total_seconds())


def interval() -> int:
    """Return the seconds from one snapshot to the next."""
    return conf.snapshot_seconds()


def moment_of(now: datetime) -> int:
    """Return the last moment on the grid of intervals, in seconds since 1970. Clocks that agree share the grid."""
    return int(now.timestamp()) // conf.snapshot_seconds() * conf.snapshot_seconds()


def keep_up(now: datetime) -> bool:
    """Take the snapshots that are due, where no worker does. Return whether the snapshots that are due are there.
    Where the previous snapshots were taken in time, the worker that takes them has GRACE seconds to take these too;
    after that, the caller takes them."""
    moment = moment_of(now)
    last = _last_tick(moment)
    if last is not None and last >= moment:
        return True
    if last == moment - conf.snapshot_seconds() and now.timestamp() - moment < GRACE_SECONDS:
        return False
    take_due(now)
    return True


def take_due(now: datetime) -> bool:
    """Take the snapshots that are due and return whether this call took them. Of several callers at once one takes
    them, and the others return once it has finished."""
    moment = moment_of(now)
    last = _last_tick(moment)
    if last is not None and last >= moment:
        return False
    began = time.perf_counter()
    with database.committing():
        if not snapshots.claim_tick(moment):
            return False
        _take(moment)
    metrics.timing("live.snapshot_ms", (time.perf_counter() - began) * 1000)
    return True


def _last_tick(moment: int) -> int | None:
    """Return the moment of the last tick, after removing what servers whose clock is ahead have written."""
    last, latest = snapshots.last_tick(), moment + TOLERANCE_SECONDS
    if last is None or last <= latest:
        return last
    with database.committing():
        removed = snapshots.delete_after(latest)
    log.warning(
        "Removed %d snapshots and heartbeats up to %d s in the future: the clock of a server is wrong.",
        removed,
        last - moment,
    )
    return snapshots.last_tick()


def _take(moment: int) -> None:
    """Take the snapshots of one moment. A site that loses its last visitor gets one empty snapshot, and then none
    until the next visitor."""
    before = snapshots.tick_before(moment)
    were = snapshots.sites_with_visitors(before) if before is not None else set()
    found = active_by_site(*snapshots.heartbeats(moment - conf.active_seconds(), moment))
    snapshots.add(
        NewSnapshot(
            site,
            moment,
            found.get(site, NO_VISITORS),
            is_lasting(site in were, site in found, before=before, moment=moment),
        )
        for site in sorted(were | found.keys())
    )
