"""Delete the rows that are too old to keep, a piece at a time, so that no other writer waits long."""

from datetime import datetime, timedelta

from analytics import conf
from analytics.clock import MAX_DIFFERENCE
from analytics.live.store import snapshots, visitor_salts, visits

ROWS_PER_DELETE = 5_000
HEARTBEAT_SECONDS = 600
"""The time in seconds for which heartbeats are kept; longer, if visitors count as active for longer."""
TICK_SECONDS = 3600
DAY_SECONDS = 86_400


def delete_expired(now: datetime) -> int:
    """Delete one piece of each kind of row and return the number of rows deleted; 0 means that nothing is left."""
    second, kept = int(now.timestamp()), conf.kept_days()
    visitor_salts.delete_before((now - visitor_salts.GRACE).date())
    return sum(
        (
            visits.delete_before(now - timedelta(days=kept.visits), ROWS_PER_DELETE),
            snapshots.delete_heartbeats(second - max(HEARTBEAT_SECONDS, 2 * conf.active_seconds()), ROWS_PER_DELETE),
            snapshots.delete_passing(second - kept.snapshots * DAY_SECONDS, ROWS_PER_DELETE),
            snapshots.delete_before(second - kept.minutes * DAY_SECONDS, ROWS_PER_DELETE),
            snapshots.delete_ticks(second - TICK_SECONDS),
            snapshots.delete_after(second + int(MAX_DIFFERENCE.total_seconds())),
        )
    )
