"""The counts of purged facts. They only grow, except by erasure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby

import numpy as np

from analytics import database
from analytics.datasets import VIEWS, Dataset
from tally.columns import UNKNOWN_GROUP, Block, Entries, concatenated, entries_of, packed_groups
from tally.span import CALENDAR_START, Span, runs

COLUMNS = "day, group_id, total, distinct_count, layout, ids, weights"


def counted(dataset: Dataset, days: Sequence[date]) -> Entries:
    """Return the purged counts of these days by day (as its number since 1970), group and member."""
    return entries_of([block for span in runs(list(days)) for block in _blocks(dataset, span)])


def _blocks(dataset: Dataset, span: Span) -> list[Block]:
    sql = f"SELECT {COLUMNS} FROM {dataset.purged} WHERE day >= %s AND day < %s"
    return [
        Block((database.as_date(day) - CALENDAR_START).days, group, layout, total, distinct, bytes(ids), bytes(weights))
        for day, group, total, distinct, layout, ids, weights in database.rows(sql, [span.start, span.end])
    ]


def add(dataset: Dataset, days: Sequence[date], entries: Entries) -> None:
    """Add counts to the purged summaries of these days."""
    _replace(dataset, days, concatenated([counted(dataset, days), entries]))


def _replace(dataset: Dataset, days: Sequence[date], entries: Entries) -> None:
    database.execute_many(f"DELETE FROM {dataset.purged} WHERE day = %s", [[day] for day in days])
    database.execute_many(
        f"INSERT INTO {dataset.purged} ({COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [
            (_day(number), group, total, distinct, *packed)
            for (number, group), total, distinct, packed in packed_groups(entries.merged(by_group=True))
        ],
    )


def _day(number: int) -> date:
    return CALENDAR_START + timedelta(days=number)


def forget_country(country: int) -> list[date]:
    """Count the purged views of a country as views of unknown country, as Django does for stored views. Return the
    days."""
    sql = f"SELECT DISTINCT day FROM {VIEWS.purged} WHERE group_id = %s ORDER BY 1"
    days = [database.as_date(day) for (day,) in database.rows(sql, [country])]
    held = counted(VIEWS, days)
    _replace(VIEWS, days, replace(held, group=np.where(held.group == country, UNKNOWN_GROUP, held.group)))
    return days


def remove_member(dataset: Dataset, member: int) -> list[date]:
    """Remove a member from all purged summaries and return the days changed. Done month by month, which bounds
    memory."""
    found = []
    for _, month in groupby(days(dataset), key=lambda day: day.replace(day=1)):
        held = counted(dataset, list(month))
        numbers = np.unique(held.part[held.ids == member])
        changed = [_day(number) for number in numbers.tolist()]
        _replace(dataset, changed, held.where(np.isin(held.part, numbers) & (held.ids != member)))
        found += changed
    return found


def days(dataset: Dataset) -> list[date]:
    """Return the purged days in order."""
    found = database.rows(f"SELECT DISTINCT day FROM {dataset.purged} ORDER BY 1")
    return [database.as_date(day) for (day,) in found]
