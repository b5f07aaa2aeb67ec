"""How fresh the summaries are."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from analytics import database
from analytics.models.view import EVERY_DAY
from tally.blocks import ALL
from tally.span import FIRST_DAY, Bucket, Grain, Span


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

READ = """
    SELECT generation, rolled_up_at, (SELECT sum(token) FROM analytics_name_change), stale.days, stale.earliest
    FROM analytics_ledger, (SELECT count(DISTINCT day) AS days, min(day) AS earliest FROM analytics_stale_mark
                            WHERE day >= %s AND day < %s OR day = %s) AS stale"""
EXTENT = f"""SELECT min(start), max(start) FROM analytics_summary
             WHERE grain = {Grain.YEAR.value} AND country_key = {ALL}"""
ALL_STALE = f"""
    SELECT count(*) FROM (
        SELECT day FROM analytics_stale_mark WHERE day >= %s AND day < %s
        UNION
        SELECT start FROM analytics_summary
        WHERE grain = {Grain.DAY.value} AND country_key = {ALL} AND start >= %s AND start < %s) AS stale"""
"""With facts truncated, every day that has a summary is stale too."""


def freshness(span: Span) -> Freshness:
    generation, as_of, renamed, pending, earliest = database.rows(READ, [span.start, span.end, EVERY_DAY])[0]
    if earliest and database.as_date(earliest) == EVERY_DAY:
        pending = database.value(ALL_STALE, [span.start, span.end] * 2)
    return Freshness(f"{generation}.{renamed or 0}", database.as_time(as_of), pending)


def extent() -> Span:
    """From the first year with summaries to the last; empty when there are none."""
    first, last = database.rows(EXTENT)[0]
    if not first:
        return Span(FIRST_DAY, FIRST_DAY)
    return Span(database.as_date(first), Bucket(Grain.YEAR, database.as_date(last)).span.end)


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
