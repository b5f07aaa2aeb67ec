"""How fresh the summaries are."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from analytics import database
from tally.blocks import ALL
from tally.span import Grain, Span


@dataclass(frozen=True, slots=True)
class Freshness:
    """`version` changes whenever an answer may; `as_of` is the last roll-up, None before the first; `pending` is how
    many days of the span asked about have facts that changed since."""

    version: str
    as_of: datetime | None
    pending: int


STRIDE = 2**32
"""A generation is ahead of the last by up to this: one that was rolled back, flushed or restored away is not met again
by other summaries under the same number, whose kept answers may still lie about. There is room for 2**31 of them."""

READ = f"""
    SELECT generation, rolled_up_at, (SELECT coalesce(sum(token), 0) FROM analytics_name_change),
        (SELECT count(*) FROM (
            SELECT day FROM analytics_stale_mark WHERE day >= %s AND day < %s
            UNION
            SELECT start FROM analytics_summary
            WHERE grain = {Grain.DAY.value} AND country_key = {ALL} AND start >= %s AND start < %s
            AND EXISTS (SELECT 1 FROM analytics_stale_mark WHERE day = '1900-01-01')) AS stale)
    FROM analytics_ledger"""


def freshness(span: Span) -> Freshness:
    generation, as_of, renamed, pending = database.rows(READ, [span.start, span.end] * 2)[0]
    return Freshness(f"{generation}.{renamed}", database.as_time(as_of), pending)


def advance(now: datetime) -> int:
    """A new generation, whose number this gives: the summaries change, and with them every kept answer is out of date.
    Changes of names up to here are taken in, so their log can be emptied."""
    ahead = 1 + secrets.randbelow(STRIDE)
    database.execute("UPDATE analytics_ledger SET generation = generation + %s, rolled_up_at = %s", [ahead, now])
    database.execute("DELETE FROM analytics_name_change")
    return database.value("SELECT generation FROM analytics_ledger")


def confirm(now: datetime) -> None:
    """The summaries are as of now, though nothing had to change."""
    database.execute("UPDATE analytics_ledger SET rolled_up_at = %s", [now])
