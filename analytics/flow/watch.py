"""How well the service is."""

from dataclasses import dataclass
from datetime import datetime

from analytics.store import ledger, marks
from tally.span import EVER


@dataclass(frozen=True, slots=True)
class Health:
    """`waiting` is how many seconds the oldest stale day has waited, 0.0 when none is."""

    as_of: datetime | None
    pending: int
    waiting: float


def look(now: datetime) -> Health:
    freshness, oldest = ledger.freshness(EVER), marks.oldest()
    return Health(freshness.as_of, freshness.pending, max((now - oldest).total_seconds(), 0.0) if oldest else 0.0)
