"""Generations: the version of the summaries, and their freshness."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from analytics import database
from analytics.database.stale_day_triggers import EVERY_DAY
from analytics.datasets import Dataset
from tally.columns import ALL_GROUPS
from tally.span import CALENDAR_START, Bucket, Grain, Span


@dataclass(frozen=True, slots=True)
class Freshness:
    """`version` changes whenever an answer may change. `as_of` is the time of the last roll-up, None before the first.
    `pending` is the number of days in the span whose facts have changed since."""

    version: str
    as_of: datetime | None
    pending: int


MAX_STRIDE = 2**32
"""A generation advances by a random step up to this. A generation that was rolled back, flushed or restored is
therefore never used again by other summaries, whose cached answers might still exist. There is room for 2**31 steps."""

READ = """
    SELECT number, rolled_up_at, (SELECT sum(token) FROM analytics_label_change), stale.days, stale.earliest
    FROM analytics_generation, (SELECT count(DISTINCT day) AS days, min(day) AS earliest FROM {of.marks}
                            WHERE day >= %s AND day < %s OR day = %s) AS stale
    WHERE id = {of.id}"""
EXTENT = f"""SELECT min(start), max(start) FROM {{of.summaries}}
             WHERE grain = {Grain.YEAR.value} AND group_id = {ALL_GROUPS}"""
ALL_STALE = f"""
    SELECT count(*) FROM (
        SELECT day FROM {{of.marks}} WHERE day >= %s AND day < %s
        UNION
        SELECT start FROM {{of.summaries}}
        WHERE grain = {Grain.DAY.value} AND group_id = {ALL_GROUPS} AND start >= %s AND start < %s) AS stale"""
"""After a TRUNCATE of the facts, every day with a summary is stale."""


def freshness(dataset: Dataset, span: Span) -> Freshness:
    found = database.rows(READ.format(of=dataset), [span.start, span.end, EVERY_DAY])
    generation, as_of, renamed, pending, earliest = found[0]
    if earliest and database.as_date(earliest) == EVERY_DAY:
        pending = database.value(ALL_STALE.format(of=dataset), [span.start, span.end] * 2)
    return Freshness(f"{generation}.{renamed or 0}", database.as_time(as_of), pending)


def extent(dataset: Dataset) -> Span:
    """Return the years from the first with summaries to the last; empty if there are none."""
    first, last = database.rows(EXTENT.format(of=dataset))[0]
    if not first:
        return Span(CALENDAR_START, CALENDAR_START)
    return Span(database.as_date(first), Bucket(Grain.YEAR, database.as_date(last)).span.end)


def advance(dataset: Dataset, now: datetime) -> int:
    """Start a new generation and return its number. All cached answers are then out of date."""
    mark_fresh(dataset, now)
    ahead = 1 + secrets.randbelow(MAX_STRIDE)
    database.execute("UPDATE analytics_generation SET number = number + %s WHERE id = %s", [ahead, dataset.id])
    return database.value("SELECT number FROM analytics_generation WHERE id = %s", [dataset.id])


def mark_fresh(dataset: Dataset, now: datetime) -> None:
    """Record that the summaries are as of now. Changes of labels up to here are taken into account, so their log can be
    emptied. It is one log for all datasets, so the cached answers of all of them are invalidated."""
    if database.execute("DELETE FROM analytics_label_change"):
        invalidate_answers()
    database.execute("UPDATE analytics_generation SET rolled_up_at = %s WHERE id = %s", [now, dataset.id])


def invalidate_answers() -> None:
    """Invalidate the cached answers of every dataset, because a label may have changed unnoticed."""
    database.execute("UPDATE analytics_generation SET number = number + %s", [1 + secrets.randbelow(MAX_STRIDE)])
