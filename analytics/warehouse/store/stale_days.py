"""Stale days: the days whose facts have changed since they were rolled up. Triggers mark them: see
`analytics.database.stale_day_triggers`."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from importlib import import_module
from itertools import chain

from analytics import database
from analytics.database.stale_day_triggers import EVERY_DAY
from analytics.datasets import Dataset
from tally.columns import ALL_GROUPS
from tally.span import EVER, Grain, Span, runs

EXISTING_TRIGGERS = {
    "postgresql": "SELECT tgname FROM pg_trigger WHERE tgenabled IN ('O', 'A') AND tgname LIKE 'analytics%%'",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
}
TRIGGER_MIGRATIONS = (
    "analytics.migrations.0002_stale_days",
    "analytics.migrations.0003_label_changes",
    "analytics.migrations.0004_event_counts",
)
CREATES_TRIGGER = re.compile(r"\s*CREATE TRIGGER (\w+)")


class TriggersMissing(Exception):
    """A trigger that marks changed days is missing or disabled, so stale days are unknown."""


STALE = f"""
    SELECT DISTINCT day FROM {{of.marks}} WHERE day >= %s AND day < %s
    UNION
    SELECT start FROM {{of.summaries}}
    WHERE grain = {Grain.DAY.value} AND group_id = {ALL_GROUPS} AND start >= %s AND start < %s
    AND EXISTS (SELECT 1 FROM {{of.marks}} WHERE day = '{EVERY_DAY}')"""


def stale_days(dataset: Dataset, span: Span = EVER) -> list[date]:
    """Return the stale days in order, each once."""
    found = database.rows(STALE.format(of=dataset), [span.start, span.end] * 2)
    return sorted(database.as_date(day) for (day,) in found)


def oldest(dataset: Dataset) -> datetime | None:
    """Return the time since when the oldest stale day has been stale."""
    return database.as_time(database.value(f"SELECT min(marked_at) FROM {dataset.marks}"))


def add(dataset: Dataset, days: Sequence[date]) -> None:
    """Mark days, so that the next roll-up recounts them."""
    database.execute_many(
        f"""INSERT INTO {dataset.marks} (day) SELECT day FROM (SELECT %s AS day) AS marked
            WHERE NOT EXISTS (SELECT 1 FROM {dataset.marks} AS old WHERE old.day = marked.day)""",
        [[day] for day in days],
    )


def clear(dataset: Dataset, days: Sequence[date]) -> None:
    """Delete the marks of these days. Read the facts after this call: a fact committed in between is then counted now,
    and once more by the next run, because its mark is still there. In the other order it could be lost."""
    for span in runs(days):
        database.execute(f"DELETE FROM {dataset.marks} WHERE day >= %s AND day < %s", [span.start, span.end])


def expand_every_day_mark(dataset: Dataset) -> None:
    """Replace the mark for every day by one for each day, so that days can be cleared one by one."""
    if not database.execute(f"DELETE FROM {dataset.marks} WHERE day = %s", [EVERY_DAY]):
        return
    database.execute(f"""INSERT INTO {dataset.marks} (day) SELECT start FROM {dataset.summaries}
            WHERE grain = {Grain.DAY.value} AND group_id = {ALL_GROUPS}
            AND NOT EXISTS (SELECT 1 FROM {dataset.marks} WHERE day = start)""")


def missing_triggers() -> list[str]:
    """Return the triggers that are missing or disabled. A table that SQLite made again, to alter it, has none."""
    found = {name for (name,) in database.rows(EXISTING_TRIGGERS[database.vendor()], [])}
    return [name for name in _triggers() if name not in found]


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
