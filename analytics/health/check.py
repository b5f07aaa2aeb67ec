"""Measure the health of the service."""

from dataclasses import dataclass
from datetime import datetime

from analytics import conf
from analytics.datasets import DATASETS
from analytics.ingest.store import dead_letters, inbox
from analytics.warehouse.store import facts, generations, stale_days
from tally.span import EVER


@dataclass(frozen=True, slots=True)
class Health:
    """The state of summaries and inbox.

    `waiting` is the number of seconds that the oldest stale day has waited, 0.0 when no day is stale.
    `missing_triggers` names triggers; stale days are not marked without them. `held` is the number of deliveries in the
    inbox, None without an inbox or while Redis does not answer. `dead_letters` is the number of deliveries set aside.
    `inbox_warnings` says how Redis may lose deliveries, by its own settings. `replicas_away` names the servers of the
    cluster of facts that do not answer or lack views; roll-up needs one of each shard, erasure and purge need all.
    """

    as_of: datetime | None
    pending: int
    waiting: float
    missing_triggers: list[str]
    held: int | None
    dead_letters: int
    inbox_warnings: list[str]
    replicas_away: list[str]


def check_health(now: datetime) -> Health:
    """Return the health of views and events together: the service is behind when either of them is behind."""
    freshness = [generations.freshness(dataset, EVER) for dataset in DATASETS]
    oldest = [since for dataset in DATASETS if (since := stale_days.oldest(dataset))]
    return Health(
        as_of=min((each.as_of for each in freshness if each.as_of), default=None),
        pending=sum(each.pending for each in freshness),
        waiting=max((now - min(oldest)).total_seconds(), 0.0) if oldest else 0.0,
        missing_triggers=stale_days.missing_triggers(),
        held=None if conf.inbox() is None else inbox.length(),
        dead_letters=dead_letters.count(),
        inbox_warnings=[] if conf.inbox() is None else inbox.losses(),
        replicas_away=facts.replicas_away(),
    )
