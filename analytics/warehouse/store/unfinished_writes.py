"""Writes of facts to a cluster, which has no transactions in common with the database.

A writer commits the days first, then inserts the facts, and deletes these rows in the transaction that acknowledges the
facts and marks the days as stale. If it dies in between, its days become stale after ABANDONED_MINUTES: no insert takes
so long.
"""

import uuid
from collections.abc import Collection
from datetime import date

from analytics import database
from analytics.datasets import Dataset
from tally.span import Span

ABANDONED_MINUTES = 10
ABANDONED_AT = {
    "postgresql": f"CURRENT_TIMESTAMP + interval '{ABANDONED_MINUTES} minutes'",
    "sqlite": f"datetime('now', '+{ABANDONED_MINUTES} minutes')",
}


def begin(dataset: Dataset, days: Collection[date], write: str = "") -> str:
    """Note that facts of these days are going to be written, and return the name of the write. Commit this before the
    write begins. One that is tried again and again keeps its name, in 32 hexadecimal digits."""
    write = write or uuid.uuid4().hex
    if days:
        given, params = database.table(["day"], [[day.isoformat()] for day in sorted(days)], ["date"])
        sql = f"""INSERT INTO analytics_unfinishedwrite (write, dataset, day, abandoned_at)
                  SELECT %s, %s, given.day, {ABANDONED_AT[database.vendor()]} FROM {given} WHERE true
                  ON CONFLICT (write, dataset, day) DO UPDATE SET abandoned_at = excluded.abandoned_at"""
        database.execute(sql, [write, dataset.id, *params])
    return write


def end(dataset: Dataset, write: str) -> None:
    """Mark the days of a write as stale, and forget the write: call this last in the transaction that acknowledges the
    facts."""
    own = "FROM analytics_unfinishedwrite WHERE write = %s AND dataset = %s"
    database.execute(f"INSERT INTO {dataset.marks} (day) SELECT day {own} ON CONFLICT DO NOTHING", [write, dataset.id])
    database.execute(f"DELETE {own}", [write, dataset.id])


def any_of(dataset: Dataset, span: Span) -> bool:
    """Return whether facts of these days are being written, or were when the writer died."""
    sql = "SELECT 1 FROM analytics_unfinishedwrite WHERE dataset = %s AND day >= %s AND day < %s LIMIT 1"
    return bool(database.rows(sql, [dataset.id, span.start, span.end]))
