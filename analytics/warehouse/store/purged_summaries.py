"""The counts of purged facts. They only grow, except by erasure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby

import numpy as np

from analytics import database
from analytics.database import ColumnType
from analytics.datasets import Dataset
from tally.bucket_counts import BucketCounts, CountedChunk, counted_chunks, counts_of_chunks, united
from tally.chunks import Directory, StoredChunk
from tally.columns import UNKNOWN_GROUP, Entries, concatenated, group_keys
from tally.counts import Ints, Packed
from tally.registers import RegisterEntries
from tally.roll_ups import TOTAL, Declared, RollUp, crossed, uncrossed
from tally.span import CALENDAR_START, Span, runs
from tally.zones import Zone

COLUMNS = {
    "roll_up": ColumnType.SMALLINT,
    "day": ColumnType.DATE,
    "groups": ColumnType.INTS,
    "totals": ColumnType.INTS,
    "ends": ColumnType.INTS,
    "register_ends": ColumnType.INTS,
    "layout": ColumnType.SMALLINT,
    "ids": ColumnType.BYTES,
    "weights": ColumnType.BYTES,
    "registers": ColumnType.BYTES,
}


def counted(dataset: Dataset, roll_up: int, days: Sequence[date]) -> BucketCounts:
    """Return what one roll-up counted of purged facts on these days, by the number of the day since 1970, merged."""
    return counts_of_chunks([chunk for span in runs(list(days)) for chunk in _chunks(dataset, roll_up, span)])


def _chunks(dataset: Dataset, roll_up: int, span: Span) -> list[CountedChunk]:
    sql = f"""SELECT day, groups, totals, ends, layout, ids, weights, register_ends, registers FROM {dataset.purged}
              WHERE roll_up = %s AND day >= %s AND day < %s"""
    found = []
    for day, *directory, layout, ids, weights, register_ends, registers in database.rows(
        sql, [roll_up, span.start, span.end]
    ):
        part = (database.as_date(day) - CALENDAR_START).days
        packed = Packed(layout, bytes(ids), bytes(weights))
        chunk = StoredChunk(part, Directory(*map(database.as_int_array, directory)), packed)
        found.append(CountedChunk(chunk, database.as_int_array(register_ends), bytes(registers)))
    return found


def add(dataset: Dataset, roll_up: int, days: Sequence[date], counts: BucketCounts) -> None:
    """Add counts to what one roll-up keeps of the purged facts of these days."""
    _replace(dataset, roll_up, days, united([counted(dataset, roll_up, days), counts]))


def _replace(dataset: Dataset, roll_up: int, days: Sequence[date], counts: BucketCounts) -> None:
    sql = f"DELETE FROM {dataset.purged} WHERE roll_up = %s AND day = %s"
    database.execute_many(sql, [[roll_up, day] for day in days])
    records = (
        [roll_up, _day(chunk.part), *chunk.directory, ends, *chunk.packed, registers]
        for chunk, ends, registers in counted_chunks(counts)
    )
    database.insert_many(dataset.purged, COLUMNS, records)


def _day(number: int) -> date:
    return CALENDAR_START + timedelta(days=number)


def forget_key(dataset: Dataset, dimension: str, key: int) -> list[date]:
    """Count what was counted under a key of a dimension as unknown, and return the days of UTC that change."""

    def changed(roll_up: RollUp, held: BucketCounts) -> BucketCounts:
        if dimension not in roll_up.dimensions:
            return held
        place = roll_up.dimensions.index(dimension)

        def forgotten(groups: Ints) -> Ints:
            keys = uncrossed(groups, len(roll_up.dimensions))
            keys[place] = np.where(keys[place] == key, UNKNOWN_GROUP, keys[place])
            return crossed(keys, groups.size)

        return held.regrouped(forgotten)

    return _change(dataset, changed)


def remove_member(dataset: Dataset, member: int) -> list[date]:
    """Remove a member from all purged summaries, and return the days of UTC that change. Registers cannot forget a
    visitor, so those of a group stay while the group has other members."""

    def changed(_: RollUp, held: BucketCounts) -> BucketCounts:
        entries = held.entries.where(held.entries.ids != member)
        return BucketCounts(entries, _of_groups_in(held.registers, entries))

    return _change(dataset, changed)


def _of_groups_in(registers: RegisterEntries, entries: Entries) -> RegisterEntries:
    """Return the registers of parts and groups that have entries."""
    there = set(group_keys(entries))
    pairs = zip(registers.part.tolist(), registers.group.tolist(), strict=True)
    return registers.where(np.fromiter((pair in there for pair in pairs), np.bool_, registers.part.size))


def merge_members(dataset: Dataset, merged: Mapping[int, int]) -> list[date]:
    """Count members as the members that they are merged into, and return the days of UTC that change."""
    old = np.array(sorted(merged), np.int64)
    new = np.array([merged[member] for member in old.tolist()], np.int64)

    def changed(_: RollUp, held: BucketCounts) -> BucketCounts:
        ids = held.entries.ids
        places = np.minimum(np.searchsorted(old, ids), old.size - 1)
        moved = replace(held.entries, ids=np.where(old[places] == ids, new[places], ids))
        return BucketCounts(moved, held.registers).merged()

    return _change(dataset, changed) if merged else []


def _change(dataset: Dataset, changed: Callable[[RollUp, BucketCounts], BucketCounts]) -> list[date]:
    """Change all purged summaries, and return the days of UTC that overlap a day that differs. Done month by month,
    which bounds memory."""
    found: set[date] = set()
    for roll_up in _roll_ups(dataset):
        zone = Zone.named(roll_up.zone)
        for _, month in groupby(days(dataset, roll_up.number), key=lambda day: day.replace(day=1)):
            held = counted(dataset, roll_up.number, list(month))
            after = changed(roll_up, held)
            numbers = _parts_that_differ(held.entries, after.entries)
            same = [_day(number) for number in numbers.tolist()]
            _replace(dataset, roll_up.number, same, after.of_parts(numbers))
            found.update(day for span in runs(same) for day in zone.utc_days_of(span))
    return sorted(found)


def _roll_ups(dataset: Dataset) -> list[RollUp]:
    """Return the roll-ups that keep counts of purged facts."""
    sql = f"""SELECT number, dimensions, time_zone FROM analytics_rollup
              WHERE dataset = %s AND number IN (SELECT roll_up FROM {dataset.purged}) ORDER BY number"""
    return [RollUp(number, Declared.of_text(names, zone)) for number, names, zone in database.rows(sql, [dataset.id])]


def _parts_that_differ(one: Entries, other: Entries) -> Ints:
    """Return the parts in which two merged columns of entries are not the same."""
    signed = concatenated([one, replace(other, weights=-other.weights)]).merged(by_group=True)
    return np.unique(signed.part[signed.weights != 0])


def days(dataset: Dataset, roll_up: int = TOTAL) -> list[date]:
    """Return the purged days of a roll-up in order; without one, the days of UTC."""
    found = database.rows(f"SELECT day FROM {dataset.purged} WHERE roll_up = %s ORDER BY 1", [roll_up])
    return [database.as_date(day) for (day,) in found]


def any_of(dataset: Dataset, span: Span) -> bool:
    """Return whether any roll-up keeps counts of purged facts on these days."""
    sql = f"SELECT 1 FROM {dataset.purged} WHERE day >= %s AND day < %s LIMIT 1"
    return bool(database.rows(sql, [span.start, span.end]))
