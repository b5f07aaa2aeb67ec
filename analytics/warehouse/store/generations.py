"""Generations: the version of the summaries, and their freshness."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from analytics import database
from analytics.database.stale_day_triggers import EVERY_DAY
from analytics.datasets import Dataset, RollUp
from tally.plan import Coverage
from tally.span import CALENDAR_START, Bucket, Grain, Span, floor


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

READ = f"""
    WITH RECURSIVE marked (day) AS (
        SELECT (SELECT day FROM {{of.marks}} WHERE day >= %s AND day < %s ORDER BY day LIMIT 1)
        UNION ALL
        SELECT (SELECT day FROM {{of.marks}} WHERE day > marked.day AND day < %s ORDER BY day LIMIT 1)
        FROM marked WHERE marked.day IS NOT NULL
    )
    SELECT number, rolled_up_at, labels.token, labels.changes,
           (SELECT count(*) FROM (SELECT day FROM marked WHERE day IS NOT NULL
                                  UNION SELECT day FROM {{of.stale}} WHERE day >= %s AND day < %s) AS stale),
           (SELECT count(*) FROM marked), EXISTS (SELECT 1 FROM {{of.marks}} WHERE day = '{EVERY_DAY}')
    FROM analytics_generation, (SELECT sum(token) AS token, count(*) AS changes FROM analytics_label_change) AS labels
    WHERE id = {{of.id}}"""
"""The marked days are found one by one by the index, so the length of the log does not matter, only its days do."""
MAX_MARKED_DAYS = 40
MAX_LABEL_CHANGES = 1_000
"""With more days in the log of marks, or more changes in the log of labels, `freshness` asks for their compaction."""
DAY_TOTALS = f"roll_up = {RollUp.TOTAL.value} AND grain = {Grain.DAY.value}"
COVERAGE = f"""
    SELECT number, (SELECT sum(token) FROM analytics_label_change), folded_until,
           (SELECT min(start) FROM {{of.summaries}} WHERE {DAY_TOTALS}),
           (SELECT max(start) FROM {{of.summaries}} WHERE {DAY_TOTALS}), start
    FROM analytics_generation LEFT JOIN {{of.summaries}} ON {DAY_TOTALS} AND start >= folded_until
    WHERE id = {{of.id}} ORDER BY start"""
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
    ((number, as_of, token, changes, pending, marked, every_day),) = database.rows(
        READ.format(of=dataset), [*ends, span.end, *ends]
    )
    if every_day:
        pending = database.value(ALL_STALE.format(of=dataset), ends * 3)
    crowded = changes > MAX_LABEL_CHANGES or (marked > MAX_MARKED_DAYS and database.on_postgres())
    return Freshness(_version(number, token), database.as_time(as_of), pending, crowded)


def _version(number: int, token: int | None) -> str:
    return f"{number}.{token or 0}"


def coverage(dataset: Dataset) -> Coverage:
    """Return which summaries there are: folded ones from the first year with facts on, and single days after them."""
    return versioned_coverage(dataset)[1]


def versioned_coverage(dataset: Dataset) -> tuple[str, Coverage]:
    """Return the version of the summaries, and which there are."""
    found = database.rows(COVERAGE.format(of=dataset))
    (number, token), dates = found[0][:2], [[day and database.as_date(day) for day in row[2:]] for row in found]
    until, first, last = dates[0][:3]
    if not first:
        return _version(number, token), Coverage(Span(CALENDAR_START, CALENDAR_START))
    start = min(floor(first, Grain.YEAR), until)
    end = min(until, Bucket(Grain.YEAR, floor(last, Grain.YEAR)).span.end)
    return _version(number, token), Coverage(Span(start, max(start, end)), tuple(day for *_, day in dates if day))


def folded_until(dataset: Dataset) -> date:
    """Return the day before which every week, month and year that is over has a summary."""
    return database.as_date(database.value("SELECT folded_until FROM analytics_generation WHERE id = %s", [dataset.id]))


def set_folded_until(dataset: Dataset, day: date) -> None:
    database.execute("UPDATE analytics_generation SET folded_until = %s WHERE id = %s", [day, dataset.id])


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
