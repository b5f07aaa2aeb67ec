"""How well the service is."""

from dataclasses import dataclass
from datetime import datetime

from analytics import conf
from analytics.datasets import DATASETS
from analytics.ingest.store import dead_letters, inbox
from analytics.warehouse.store import generations, stale_days
from tally.span import EVER


@dataclass(frozen=True, slots=True)
class Health:
    """`waiting` is how many seconds the oldest stale day has waited, 0.0 when none is; `unwatched` names triggers that
    are missing, without which nobody knows what is stale; `held` is how many deliveries wait in the inbox, None without
    one or while Redis does not answer; `poison` is how many were set aside."""

    as_of: datetime | None
    pending: int
    waiting: float
    unwatched: list[str]
    held: int | None
    poison: int


def check_health(now: datetime) -> Health:
    """Of views and events together: what is behind with one of them is behind."""
    freshness = [generations.freshness(dataset, EVER) for dataset in DATASETS]
    oldest = [since for dataset in DATASETS if (since := stale_days.oldest(dataset))]
    return Health(
        as_of=min((each.as_of for each in freshness if each.as_of), default=None),
        pending=sum(each.pending for each in freshness),
        waiting=max((now - min(oldest)).total_seconds(), 0.0) if oldest else 0.0,
        unwatched=stale_days.unwatched(),
        held=None if conf.inbox() is None else inbox.length(),
        poison=dead_letters.count(),
    )
