"""The counts of purged facts. They only grow, except by erasure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby

import numpy as np

from analytics import database
from analytics.database import ColumnType
from analytics.datasets import VIEWS, Dataset
from tally.chunks import Directory, StoredChunk, block_of_chunks, entries_of, stored_chunks
from tally.columns import UNKNOWN_GROUP, Entries, concatenated
from tally.counts import Packed
from tally.span import CALENDAR_START, Span, runs

COLUMNS = {
    "day": ColumnType.DATE,
    "groups": ColumnType.INTS,
    "totals": ColumnType.INTS,
    "ends": ColumnType.INTS,
    "layout": ColumnType.SMALLINT,
    "ids": ColumnType.BYTES,
    "weights": ColumnType.BYTES,
}


def counted(dataset: Dataset, days: Sequence[date]) -> Entries:
    """Return the purged counts of these days by day (as its number since 1970), group and member."""
    return entries_of(block_of_chunks([chunk for span in runs(list(days)) for chunk in _chunks(dataset, span)]))


def _chunks(dataset: Dataset, span: Span) -> list[StoredChunk]:
    sql = f"SELECT {', '.join(COLUMNS)} FROM {dataset.purged} WHERE day >= %s AND day < %s"
    return [
        StoredChunk(
            (database.as_date(day) - CALENDAR_START).days,
            Directory(*map(database.as_int_array, (groups, totals, ends))),
            Packed(layout, bytes(ids), bytes(weights)),
        )
        for day, groups, totals, ends, layout, ids, weights in database.rows(sql, [span.start, span.end])
    ]


def add(dataset: Dataset, days: Sequence[date], entries: Entries) -> None:
    """Add counts to the purged summaries of these days."""
    _replace(dataset, days, concatenated([counted(dataset, days), entries]))


def _replace(dataset: Dataset, days: Sequence[date], entries: Entries) -> None:
    database.execute_many(f"DELETE FROM {dataset.purged} WHERE day = %s", [[day] for day in days])
    chunks = stored_chunks(entries.merged(by_group=True))
    records = ([_day(each.part), *each.directory, *each.packed] for each in chunks)
    database.insert_many(dataset.purged, COLUMNS, records)


def _day(number: int) -> date:
    return CALENDAR_START + timedelta(days=number)


def forget_country(country: int) -> list[date]:
    """Count the purged views of a country as views of unknown country, as Django does for stored views. Return the
    days."""
    days = _days_with_group(VIEWS, country)
    held = counted(VIEWS, days)
    _replace(VIEWS, days, replace(held, group=np.where(held.group == country, UNKNOWN_GROUP, held.group)))
    return days


def _days_with_group(dataset: Dataset, group: int) -> list[date]:
    if database.on_postgres():
        sql = f"SELECT day FROM {dataset.purged} WHERE %s = ANY(groups) ORDER BY 1"
    else:
        sql = f"SELECT day FROM {dataset.purged} WHERE %s IN (SELECT value FROM json_each(groups)) ORDER BY 1"
    return [database.as_date(day) for (day,) in database.rows(sql, [group])]


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


def merge_members(dataset: Dataset, merged: Mapping[int, int]) -> list[date]:
    """Count members as the members that they are merged into, in all purged summaries, and return the days changed.
    Done month by month, which bounds memory."""
    found = []
    old = np.array(sorted(merged), np.int64)
    new = np.array([merged[member] for member in old.tolist()], np.int64)
    for _, month in groupby(days(dataset), key=lambda day: day.replace(day=1)):
        held = counted(dataset, list(month))
        numbers = np.unique(held.part[np.isin(held.ids, old)])
        changed = [_day(number) for number in numbers.tolist()]
        kept = held.where(np.isin(held.part, numbers))
        places = np.minimum(np.searchsorted(old, kept.ids), max(old.size - 1, 0))
        ids = np.where(old[places] == kept.ids, new[places], kept.ids) if changed else kept.ids
        _replace(dataset, changed, replace(kept, ids=ids))
        found += changed
    return found


def days(dataset: Dataset) -> list[date]:
    """Return the purged days in order."""
    found = database.rows(f"SELECT day FROM {dataset.purged} ORDER BY 1")
    return [database.as_date(day) for (day,) in found]
