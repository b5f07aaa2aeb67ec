"""Tombstones: what was erased, as traces, so that a delivery that was received before does not bring it back.

Each transaction that stores deliveries first calls `last`, and holds its lock until it ends. `add` waits for those
transactions, and later ones see the tombstones. So what an erasure deletes after `add` is all that was stored without
regard to them. SQLite has one writer at a time, which has the same effect.
"""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from analytics import database
from analytics.models import Tombstone

WRITERS_LOCK = "LOCK TABLE analytics_tombstone IN ROW SHARE MODE"
"""A lock that writers share. A dump, which only reads, does not hold it."""
ERASERS_LOCK = "SET LOCAL lock_timeout = '30s'; LOCK TABLE analytics_tombstone IN EXCLUSIVE MODE"
LAST = "SELECT (SELECT max(received) FROM analytics_tombstone), (SELECT max(arrived) FROM analytics_tombstone)"
"""Each maximum by itself, because SQLite takes only a single one from an index."""


class Erasure(NamedTuple):
    """The times up to which an erasure reaches, in microseconds since 1970: `received` by the clock of the server that
    receives, `arrived` by the clock of Redis, as entries of the inbox are numbered."""

    received: int
    arrived: int

    def covers(self, received: int, arrived: int) -> bool:
        """Return whether it reaches what was received and, unless 0, arrived in the inbox at these times."""
        return received <= self.received or 0 < arrived <= self.arrived


def last() -> Erasure:
    """Return the times up to which any erasure reaches, 0 without tombstones; make `add` wait until this transaction
    ends."""
    ((received, arrived),) = database.rows(f"{WRITERS_LOCK}; {LAST}" if database.on_postgres() else LAST)
    return Erasure(received or 0, arrived or 0)


def find(traces: Collection[str]) -> dict[str, Erasure]:
    """Return the erasures of those traces that have a tombstone."""
    condition, params = database.one_of("trace", sorted(traces), "text")
    found = database.rows(f"SELECT trace, received, arrived FROM analytics_tombstone WHERE {condition}", params)
    return {trace: Erasure(received, arrived) for trace, received, arrived in found}


def add(traces: Iterable[str], erasure: Erasure) -> None:
    """Add tombstones, once the transactions that store deliveries now have ended. A tombstone that is there already
    reaches further afterwards, never less far."""
    if database.on_postgres():
        database.execute(ERASERS_LOCK)
    given, params = database.table(["trace"], [[trace] for trace in sorted(traces)], ["text"])
    database.execute(
        f"""INSERT INTO analytics_tombstone (trace, received, arrived) SELECT trace, %s, %s FROM {given} WHERE true
            ON CONFLICT (trace) DO UPDATE SET
            received = CASE WHEN excluded.received > analytics_tombstone.received
                       THEN excluded.received ELSE analytics_tombstone.received END,
            arrived = CASE WHEN excluded.arrived > analytics_tombstone.arrived
                      THEN excluded.arrived ELSE analytics_tombstone.arrived END""",
        [*erasure, *params],
    )


def delete_before(moment: int) -> int:
    """Delete the tombstones that reach only what arrived before this time; return the number deleted."""
    return Tombstone.objects.filter(received__lt=moment, arrived__lt=moment).delete()[0]
