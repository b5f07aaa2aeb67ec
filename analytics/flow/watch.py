"""How well the service is."""

from dataclasses import dataclass
from datetime import datetime

from analytics.store import ledger, marks
from tally.span import EVER


@dataclass(frozen=True, slots=True)
class Health:
    """`waiting` is how many seconds the oldest stale day has waited, 0.0 when none is; `unwatched` names triggers that
    are missing, without which nobody knows what is stale."""

    as_of: datetime | None
    pending: int
    waiting: float
    unwatched: list[str]


def look(now: datetime) -> Health:
    freshness, oldest = ledger.freshness(EVER), marks.oldest()
    waiting = max((now - oldest).total_seconds(), 0.0) if oldest else 0.0
    return Health(freshness.as_of, freshness.pending, waiting, marks.unwatched())
