"""How fresh the summaries are."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from analytics import database
from tally.blocks import ALL
from tally.span import Bucket, Grain, Span


@dataclass(frozen=True, slots=True)
class Freshness:
    """`version` changes whenever an answer may; `as_of` is the last roll-up, None before the first; `pending` is how
    many days of the span asked about have facts that changed since; `extent` is the years that have summaries."""

    version: str
    as_of: datetime | None
    pending: int
    extent: Span


STRIDE = 2**32
"""A generation is ahead of the last by up to this: one that was rolled back, flushed or restored away is not met again
by other summaries under the same number, whose kept answers may still lie about. There is room for 2**31 of them."""

OF_YEARS = f"FROM analytics_summary WHERE grain = {Grain.YEAR.value} AND country_key = {ALL}"
READ = f"""
    SELECT generation, rolled_up_at, (SELECT coalesce(sum(token), 0) FROM analytics_name_change),
        (SELECT count(DISTINCT day) FROM analytics_stale_mark WHERE day >= %s AND day < %s),
        (SELECT count(*) FROM analytics_stale_mark WHERE day = '1900-01-01'),
        (SELECT min(start) {OF_YEARS}), (SELECT max(start) {OF_YEARS})
    FROM analytics_ledger"""
ALL_STALE = f"""
    SELECT count(*) FROM (
        SELECT day FROM analytics_stale_mark WHERE day >= %s AND day < %s
        UNION
        SELECT start FROM analytics_summary
        WHERE grain = {Grain.DAY.value} AND country_key = {ALL} AND start >= %s AND start < %s) AS stale"""
"""With facts truncated, every day that has a summary is stale too."""


def freshness(span: Span) -> Freshness:
    """All that has to be known of the store before a question about this span, in one statement."""
    generation, as_of, renamed, pending, truncated, first, last = database.rows(READ, [span.start, span.end])[0]
    if truncated:
        pending = database.value(ALL_STALE, [span.start, span.end] * 2)
    extent = Span(span.start, span.start)
    if first:
        extent = Span(database.as_date(first), Bucket(Grain.YEAR, database.as_date(last)).span.end)
    return Freshness(f"{generation}.{renamed}", database.as_time(as_of), pending, extent)


def advance(now: datetime) -> int:
    """A new generation, whose number this gives: the summaries change, and with them every kept answer is out of date.
    Changes of names up to here are taken in, so their log can be emptied."""
    ahead = 1 + secrets.randbelow(STRIDE)
    database.execute("UPDATE analytics_ledger SET generation = generation + %s, rolled_up_at = %s", [ahead, now])
    database.execute("DELETE FROM analytics_name_change")
    return database.value("SELECT generation FROM analytics_ledger")


def confirm(now: datetime) -> None:
    """The summaries are as of now, though nothing had to change. Changes of names are taken in."""
    if database.rows("SELECT 1 FROM analytics_name_change LIMIT 1"):
        advance(now)
    else:
        database.execute("UPDATE analytics_ledger SET rolled_up_at = %s", [now])


def forget_answers() -> None:
    """No kept answer is right any more: a name may have changed, and nobody noticed."""
    database.execute("UPDATE analytics_ledger SET generation = generation + %s", [1 + secrets.randbelow(STRIDE)])
