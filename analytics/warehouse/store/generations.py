"""Generations: the version of the summaries, and their freshness."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import NamedTuple

from analytics import database
from analytics.database.coverage_query import coverage_query
from analytics.database.stale_day_triggers import EVERY_DAY
from analytics.datasets import Dataset
from tally.plan import Coverage
from tally.roll_ups import NO_ROLL_UP, TOTAL, UTC, RollUpNumbers
from tally.span import CALENDAR_END, CALENDAR_START, Bucket, Grain, Span, floor
from tally.zones import DAYS_IN_EVERY_ZONE, Zone


@dataclass(frozen=True, slots=True)
class Freshness:
    """`version` changes whenever an answer may change. `as_of` is the time of the last roll-up, None before the first.
    `pending` is the number of days in the span whose facts have changed since. `crowded` asks for `compact_logs`."""

    version: str
    as_of: datetime | None
    pending: int
    crowded: bool = False


MAX_STRIDE = 2**32
"""A generation advances by a random step up to this. A generation that was rolled back, flushed or restored is
therefore never used again by other summaries, whose cached answers might still exist. There is room for 2**31 steps."""

READ = {
    "postgresql": "SELECT * FROM {of.facts}_freshness(%s, %s)",
    "sqlite": f"""
        SELECT number, rolled_up_at, labels.token, labels.changes,
               (SELECT count(*) FROM (SELECT day FROM {{of.marks}} WHERE day >= asked.first AND day < asked.past
                                      UNION
                                      SELECT day FROM {{of.stale}} WHERE day >= asked.first AND day < asked.past)),
               0, EXISTS (SELECT 1 FROM {{of.marks}} WHERE day = '{EVERY_DAY}')
        FROM analytics_generation, (SELECT %s AS first, %s AS past) AS asked,
             (SELECT sum(token) AS token, count(*) AS changes FROM analytics_label_change) AS labels
        WHERE id = {{of.id}}""",
}
"""Number and time of the roll-up; the sum of the tokens in the log of labels, and its length; the stale days in a span,
those in the log of marks, and whether every day is marked. SQLite has one mark a day and no log. PostgreSQL's function
is created by the migration `0005_summaries`."""
MAX_MARKED_DAYS = 40
MAX_LABEL_CHANGES = 1_000
"""With more days in the log of marks, or more changes in the log of labels, `freshness` asks for their compaction."""
DAY_TOTALS = f"roll_up = {TOTAL} AND grain = {Grain.DAY.value}"
ALL_STALE = f"""
    SELECT count(*) FROM (
        SELECT day FROM {{of.marks}} WHERE day >= %s AND day < %s
        UNION
        SELECT day FROM {{of.stale}} WHERE day >= %s AND day < %s
        UNION
        SELECT start FROM {{of.summaries}}
        WHERE {DAY_TOTALS} AND start >= %s AND start < %s) AS stale"""
"""After a TRUNCATE of the facts, every day with a summary is stale."""


def freshness(dataset: Dataset, span: Span) -> Freshness:
    """Return the freshness of the answers about a span. Its cost does not grow with the number of changed facts."""
    ends = [span.start, span.end]
    found = database.rows(READ[database.vendor()].format(of=dataset), ends)
    number, as_of, token, changes, pending, marked, every_day = found[0]
    if every_day:
        pending = database.value(ALL_STALE.format(of=dataset), ends * 3)
    crowded = changes > MAX_LABEL_CHANGES or marked > MAX_MARKED_DAYS
    return Freshness(_version(number, token), database.as_time(as_of), pending, crowded)


def freshness_in(dataset: Dataset, zone: str, span: Span) -> Freshness:
    """Return the freshness of the answers about days of a zone: that of the days of UTC that overlap them."""
    if zone != UTC:
        span = Zone.named(zone).utc_days_of(span.intersection(DAYS_IN_EVERY_ZONE))
    return freshness(dataset, span)


def _version(number: int, token: int | None) -> str:
    return f"{number}.{token or 0}"


class ZoneState(NamedTuple):
    """What is kept of a zone: the version of the summaries; the roll-ups over everything and by the main dimension;
    which summaries there are; and the day from which both roll-ups are complete. It is the end of the calendar for a
    zone that is not registered while others are."""

    version: str
    source: RollUpNumbers
    coverage: Coverage
    complete_from: date


def coverage(dataset: Dataset, zone: str = UTC) -> Coverage:
    """Return which summaries of a zone there are."""
    return zone_state(dataset, zone).coverage


def zone_state(dataset: Dataset, zone: str) -> ZoneState:
    """Return what is kept of a zone. Its summaries are folded from the first year with facts on, or from the day since
    which they are complete, and single days follow after them."""
    if database.on_postgres():
        found = database.rows(f"SELECT * FROM {dataset.facts}_coverage(%s)", [zone])
    else:
        sql = coverage_query(dataset.id, dataset.summaries, dataset.main_dimension, "%s")
        found = database.rows(sql, [zone, zone])
    number, token, any_registered, *numbers = found[0][:5]
    source = RollUpNumbers(*(NO_ROLL_UP if each is None else each for each in numbers))
    dates = [[day and database.as_date(day) for day in row[5:]] for row in found]
    until, first, last, *complete = dates[0][:5]
    since = [day or (CALENDAR_END if any_registered else CALENDAR_START) for day in complete]
    state = ZoneState(_version(number, token), source, Coverage(Span(CALENDAR_START, CALENDAR_START)), max(since))
    if not first:
        return state
    start = min(max(floor(first, Grain.YEAR), since[0]), until)
    end = min(until, Bucket(Grain.YEAR, floor(last, Grain.YEAR)).span.end)
    days = tuple(day for *_, day in dates if day and day >= since[0])
    return state._replace(coverage=Coverage(Span(start, max(start, end)), days))


def current(dataset: Dataset) -> int:
    """Return the number of the generation."""
    number: int = database.value("SELECT number FROM analytics_generation WHERE id = %s", [dataset.id])
    return number


def advance(dataset: Dataset, now: datetime) -> int:
    """Start a new generation and return its number. All cached answers are then out of date."""
    mark_fresh(dataset, now)
    ahead = 1 + secrets.randbelow(MAX_STRIDE)
    database.execute("UPDATE analytics_generation SET number = number + %s WHERE id = %s", [ahead, dataset.id])
    return current(dataset)


def mark_fresh(dataset: Dataset, now: datetime) -> None:
    """Record that the summaries are as of now. Changes of labels up to here are taken into account, so their log can be
    emptied. It is one log for all datasets, so the cached answers of all of them are invalidated."""
    compact_labels()
    database.execute("UPDATE analytics_generation SET rolled_up_at = %s WHERE id = %s", [now, dataset.id])


def compact_labels() -> None:
    """Empty the log of changed labels, and invalidate the cached answers instead."""
    if deleted := database.execute("DELETE FROM analytics_label_change"):
        invalidate_answers()
    if deleted > MAX_LABEL_CHANGES:
        database.after_commit(partial(database.vacuum, "analytics_label_change"))


def invalidate_answers() -> None:
    """Invalidate the cached answers of every dataset, because a label may have changed unnoticed."""
    database.execute("UPDATE analytics_generation SET number = number + %s", [1 + secrets.randbelow(MAX_STRIDE)])
