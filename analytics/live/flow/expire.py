"""Delete the rows that are too old to keep, a piece at a time, so that no other writer waits long."""

from datetime import datetime, timedelta

from analytics import conf
from analytics.live.store import snapshots, visitor_salts, visits

PIECE = 5_000
SIGHTINGS_KEPT = 600
"""The time in seconds for which sightings are kept; longer, if visitors count as active for longer."""
ROUNDS_KEPT = 3600
DAY = 86_400
MIDNIGHT_LASTS = timedelta(hours=1)
"""A margin after midnight, because the clocks of several servers differ."""


def delete_expired(now: datetime) -> int:
    """Delete one piece of each kind of row and return the number of rows deleted; 0 means that nothing is left."""
    second, kept = int(now.timestamp()), conf.kept_days()
    visitor_salts.forget_before((now - MIDNIGHT_LASTS).date())
    return sum(
        (
            visits.drop_before(now - timedelta(days=kept.visits), PIECE),
            snapshots.drop_sightings(second - max(SIGHTINGS_KEPT, 2 * conf.active_seconds()), PIECE),
            snapshots.thin_out(second - kept.snapshots * DAY, PIECE),
            snapshots.drop_before(second - kept.minutes * DAY, PIECE),
            snapshots.drop_rounds(second - ROUNDS_KEPT),
        )
    )
