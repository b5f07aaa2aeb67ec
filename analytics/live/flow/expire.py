"""Forgetting what is too old to keep, a piece at a time, so that nobody waits for it."""

from datetime import datetime, timedelta

from analytics import conf
from analytics.live.store import snapshots, visitor_salts, visits

PIECE = 5_000
SIGHTINGS_KEPT = 600
"""Seconds; longer, if visitors count as active for longer."""
ROUNDS_KEPT = 3600
DAY = 86_400
MIDNIGHT_LASTS = timedelta(hours=1)
"""Clocks of several servers differ."""


def delete_expired(now: datetime) -> int:
    """One piece of each kind; how many rows were forgotten. When that is none, there is nothing left to do."""
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
