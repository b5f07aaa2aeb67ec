"""Stale days: the days whose facts have changed since they were rolled up. Triggers mark them: see
`analytics.database.stale_day_triggers`."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from importlib import import_module
from itertools import chain

from analytics import database
from analytics.database.stale_day_triggers import EVERY_DAY
from analytics.datasets import Dataset
from tally.roll_ups import TOTAL
from tally.span import EVER, Grain, Span, runs

EXISTING_TRIGGERS = {
    "postgresql": """SELECT tgname, tgenabled IN ('O', 'A'), tgenabled = 'A'
                     FROM pg_trigger WHERE tgname LIKE 'analytics%%'""",
    "sqlite": "SELECT name, true, true FROM sqlite_master WHERE type = 'trigger'",
}
"""Triggers, whether each is enabled, and whether it is while `session_replication_role` is `replica`."""
TRIGGER_MIGRATIONS = (
    "analytics.migrations.0002_stale_days",
    "analytics.migrations.0003_label_changes",
    "analytics.migrations.0004_event_counts",
)
CREATES_TRIGGER = re.compile(r"\s*CREATE TRIGGER (\w+)")


class TriggersMissing(Exception):
    """A trigger that marks changed days is missing or disabled, so stale days are unknown."""


ABANDONED = "abandoned_at < CURRENT_TIMESTAMP"
"""The condition of a write of facts to a cluster whose writer died: see `unfinished_writes`."""

STALE = f"""
    SELECT day FROM {{of.marks}} WHERE day >= %s AND day < %s
    UNION
    SELECT day FROM {{of.stale}} WHERE day >= %s AND day < %s
    UNION
    SELECT day FROM analytics_unfinishedwrite
    WHERE {ABANDONED} AND dataset = {{of.id}} AND day >= %s AND day < %s
    UNION
    SELECT start FROM {{of.summaries}}
    WHERE roll_up = {TOTAL} AND grain = {Grain.DAY.value} AND start >= %s AND start < %s
    AND EXISTS (SELECT 1 FROM {{of.marks}} WHERE day = '{EVERY_DAY}')"""
OLDEST = {
    "postgresql": """
        WITH RECURSIVE marked (day, since) AS (
            (SELECT day, marked_at FROM {of.marks} ORDER BY day, marked_at LIMIT 1)
            UNION ALL
            SELECT following.* FROM marked, LATERAL (
            SELECT day, marked_at FROM {of.marks} WHERE day > marked.day ORDER BY day, marked_at LIMIT 1) AS following
        )
        SELECT least((SELECT min(since) FROM marked), (SELECT min(since) FROM {of.stale}))""",
    "sqlite": """SELECT min(since)
                 FROM (SELECT marked_at AS since FROM {of.marks} UNION ALL SELECT since FROM {of.stale})""",
}
"""PostgreSQL goes from day to day by the index, so the length of the log does not matter."""
COMPACT = """
    WITH moved AS (DELETE FROM {of.marks} WHERE day <> %s RETURNING day, marked_at)
    INSERT INTO {of.stale} AS stale (day, since) SELECT day, min(marked_at) FROM moved GROUP BY day
    ON CONFLICT (day) DO UPDATE SET since = least(stale.since, excluded.since)"""
MIN_VACUUM_ROWS = 1_000
"""The number of deleted marks from which a vacuum is worth its time."""


def stale_days(dataset: Dataset, span: Span = EVER) -> list[date]:
    """Return the stale days in order, each once."""
    found = database.rows(STALE.format(of=dataset), [span.start, span.end] * 4)
    return sorted(database.as_date(day) for (day,) in found)


def oldest(dataset: Dataset) -> datetime | None:
    """Return the time since when the oldest stale day has been stale."""
    return database.as_time(database.value(OLDEST[database.vendor()].format(of=dataset)))


def add(dataset: Dataset, days: Sequence[date]) -> None:
    """Make days stale, so that the next roll-up recounts them."""
    database.execute_many(
        f"INSERT INTO {dataset.stale} (day) VALUES (%s) ON CONFLICT DO NOTHING", [[day] for day in days]
    )


def compact(dataset: Dataset) -> None:
    """Move the log of marks to the table of stale days. Call this inside `roll_up_lock`.

    One statement deletes and inserts, so a mark that is committed meanwhile stays in the log.
    """
    if database.on_postgres():
        database.execute(COMPACT.format(of=dataset), [EVERY_DAY])
        database.after_commit(partial(database.vacuum, dataset.marks))


def clear(dataset: Dataset, days: Sequence[date]) -> None:
    """Delete the marks of these days. Read the facts after this call: a fact committed in between is then counted now,
    and once more by the next run, because its mark is still there. In the other order it could be lost."""
    deleted = 0
    for span in runs(days):
        for table in (dataset.marks, dataset.stale):
            deleted += database.execute(f"DELETE FROM {table} WHERE day >= %s AND day < %s", [span.start, span.end])
        database.execute(
            f"DELETE FROM analytics_unfinishedwrite WHERE {ABANDONED} AND dataset = %s AND day >= %s AND day < %s",
            [dataset.id, span.start, span.end],
        )
    if deleted >= MIN_VACUUM_ROWS:
        database.after_commit(partial(database.vacuum, dataset.marks))


def expand_every_day_mark(dataset: Dataset) -> None:
    """Replace the mark for every day by one for each day, so that days can be cleared one by one."""
    if database.execute(f"DELETE FROM {dataset.marks} WHERE day = %s", [EVERY_DAY]):
        database.execute(f"""INSERT INTO {dataset.stale} (day) SELECT start FROM {dataset.summaries}
            WHERE roll_up = {TOTAL} AND grain = {Grain.DAY.value} ON CONFLICT DO NOTHING""")


def missing_triggers() -> list[str]:
    """Return the triggers that are missing or disabled. A table that SQLite made again, to alter it, has none."""
    found = {name: states for name, *states in database.rows(EXISTING_TRIGGERS[database.vendor()], [])}
    needed = {name: "ENABLE ALWAYS" in create for name, (create, _) in _triggers().items()}
    return [name for name, always in needed.items() if name not in found or not found[name][always]]


def require_triggers() -> None:
    """Raise TriggersMissing if a trigger is missing."""
    if missing := missing_triggers():
        raise TriggersMissing(
            f"Changes are not being noticed: {', '.join(missing)} missing. "
            "Run verify_stats --repair, then precalculate_stats."
        )


def restore_triggers() -> None:
    """Create the missing triggers as the migration does."""
    for name in missing_triggers():
        create, drop = _triggers()[name]
        database.execute(drop)
        database.execute(create)


def _triggers() -> dict[str, tuple[str, str]]:
    """Return the statements that create and drop each trigger, by its name."""
    vendor = database.vendor()
    statements = chain.from_iterable(import_module(name).statements(vendor) for name in TRIGGER_MIGRATIONS)
    named = ((CREATES_TRIGGER.match(create), create, drop) for create, drop in statements)
    return {match[1]: (create, drop) for match, create, drop in named if match}
