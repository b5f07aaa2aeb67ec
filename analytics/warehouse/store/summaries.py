"""Store and read the summaries, one chunk for each bucket. Roll-up writes them, every question reads them."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from analytics import database
from analytics.database import ColumnType
from analytics.datasets import Dataset, Identity, RollUp
from tally.chunks import (
    Block,
    Directory,
    GroupPlace,
    StoredChunk,
    block_of_chunks,
    block_of_groups,
    entries_of,
    stacked,
    stored_chunks,
)
from tally.columns import ALL_GROUPS, Entries
from tally.counts import Packed
from tally.errors import CorruptCounts
from tally.plan import Need, SummaryRead
from tally.span import CALENDAR_START, Bucket, Grain, Span, floor

FOLDED_FROM = {Grain.WEEK: Grain.DAY, Grain.MONTH: Grain.DAY, Grain.YEAR: Grain.MONTH}
"""Each grain above the day, and the grain that it is folded from."""
COLUMNS = {
    "roll_up": ColumnType.SMALLINT,
    "grain": ColumnType.SMALLINT,
    "start": ColumnType.DATE,
    "generation": ColumnType.BIGINT,
    "groups": ColumnType.INTS,
    "totals": ColumnType.INTS,
    "ends": ColumnType.INTS,
    "layout": ColumnType.SMALLINT,
    "ids": ColumnType.BYTES,
    "weights": ColumnType.BYTES,
}
MAX_SLICED_GROUPS = 4
"""Up to this many groups are cut out of the chunks by the database. For more, whole chunks are read and cut here."""

POSTGRES_BUCKETS = """
    FROM unnest(%s::int[], %s::int[], %s::date[]) AS wanted (part, grain, start), LATERAL (
        SELECT * FROM {of.summaries} AS s
        WHERE s.roll_up = %s AND s.grain = wanted.grain AND s.start = wanted.start OFFSET 0) AS chunk"""
"""OFFSET 0 makes the planner use the index, bucket by bucket. With statistics from before a large roll-up it would read
the whole table (measured: 220 ms instead of 5)."""
POSTGRES_READ = "SELECT wanted.part, groups, totals, ends, layout::int4, {ids}, {weights}" + POSTGRES_BUCKETS
SQLITE_BUCKETS = """
    FROM json_each(%s) AS wanted CROSS JOIN {of.summaries} AS s
    WHERE s.roll_up = %s AND s.grain = json_extract(wanted.value, '$[1]')
    AND s.start = json_extract(wanted.value, '$[2]')"""
SQLITE_READ = (
    "SELECT json_extract(wanted.value, '$[0]'), groups, totals, ends, layout, {ids}, {weights}" + SQLITE_BUCKETS
)


SLICE_COLUMNS = {
    "number": "int4",
    "grain": "int4",
    "start": "date",
    "first_id": "int4",
    "id_bytes": "int4",
    "first_weight": "int4",
    "weight_bytes": "int4",
}
SLICED = "SELECT number, substr(ids, first_id + 1, id_bytes), {weights} FROM {given}"
SLICED_WEIGHTS = "substr(weights, first_weight + 1, weight_bytes)"
"""The columns are stored uncompressed and out of line, so only the pages of the slice are read."""
POSTGRES_SLICES = f"""{SLICED}, LATERAL (
    SELECT ids, weights FROM {{of.summaries}} AS s
    WHERE s.roll_up = %s AND s.grain = given.grain AND s.start = given.start OFFSET 0) AS chunk"""
SQLITE_SLICES = f"""{SLICED} CROSS JOIN {{of.summaries}} AS s
    WHERE s.roll_up = %s AND s.grain = given.grain AND s.start = given.start"""


def block(dataset: Dataset, read: SummaryRead) -> Block:
    """Return what a plan asks for."""
    if read.groups is None:
        return _whole(dataset, read, RollUp.BY_GROUP)
    groups = tuple(group for group in read.groups if group != ALL_GROUPS)
    total = [_whole(dataset, read, RollUp.TOTAL)] if ALL_GROUPS in read.groups else []
    return stacked([*total, *([_of_groups(dataset, read, groups)] if groups else [])])


def _whole(dataset: Dataset, read: SummaryRead, roll_up: RollUp) -> Block:
    return block_of_chunks(_chunks(dataset, read, roll_up))


def _of_groups(dataset: Dataset, read: SummaryRead, groups: Sequence[int]) -> Block:
    if len(groups) > MAX_SLICED_GROUPS:
        return _whole(dataset, read, RollUp.BY_GROUP).only(groups)
    directories = _chunks(dataset, replace(_numbered(read), need=Need.TOTALS), RollUp.BY_GROUP)
    found = [(each, cut) for each in directories for group in groups if (cut := each.place_of(group))]
    columns = _cut_columns(dataset, read, [(read.buckets[each.part][1], cut) for each, cut in found])
    return block_of_groups(
        [
            (read.buckets[each.part][0], cut, Packed(each.packed.layout, *columns.get(number, (b"", b""))))
            for number, (each, cut) in enumerate(found)
        ]
    )


def _numbered(read: SummaryRead) -> SummaryRead:
    """Return the read with the place of each bucket as its part."""
    return replace(read, buckets=tuple((number, bucket) for number, (_, bucket) in enumerate(read.buckets)))


def _cut_columns(
    dataset: Dataset, read: SummaryRead, wanted: Sequence[tuple[Bucket, GroupPlace]]
) -> dict[int, tuple[bytes, bytes]]:
    """Return the ids and weights of slices, by the number of the slice, as far as the read needs them."""
    if read.need is Need.TOTALS or not wanted:
        return {}
    listed = [(n, each.grain.value, each.start.isoformat(), *cut[3:]) for n, (each, cut) in enumerate(wanted)]
    given, params = database.table(list(SLICE_COLUMNS), listed, list(SLICE_COLUMNS.values()))
    weights = SLICED_WEIGHTS if read.need is Need.WEIGHTS else "NULL"
    if database.on_postgres():
        sql = POSTGRES_SLICES.format(of=dataset, given=given, weights=weights)
        found = database.copied(sql, [*params, RollUp.BY_GROUP.value])
        return {int.from_bytes(number or b""): (ids or b"", own or b"") for number, ids, own in found}
    sql = SQLITE_SLICES.format(of=dataset, given=given, weights=weights)
    rows = database.rows(sql, [*params, RollUp.BY_GROUP.value])
    return {number: (ids or b"", own or b"") for number, ids, own in rows}


def _chunks(dataset: Dataset, read: SummaryRead, roll_up: RollUp) -> list[StoredChunk]:
    ids = "ids" if read.need >= Need.IDS else "NULL"
    weights = "weights" if read.need >= Need.WEIGHTS else "NULL"
    if database.on_postgres():
        sql = POSTGRES_READ.format(of=dataset, ids=ids, weights=weights)
        return [_copied(row) for row in database.copied(sql, [*_columns(read), roll_up.value])]
    sql = SQLITE_READ.format(of=dataset, ids=ids, weights=weights)
    return [_loaded(row) for row in database.rows(sql, [_as_json(read), roll_up.value])]


def _columns(read: SummaryRead) -> Sequence[object]:
    """Return parts, grains and starts for unnest."""
    return [list(each) for each in zip(*((part, b.grain.value, b.start) for part, b in read.buckets), strict=True)]


def _as_json(read: SummaryRead) -> str:
    """Return the same for json_each."""
    return json.dumps([(part, bucket.grain.value, bucket.start.isoformat()) for part, bucket in read.buckets])


def _copied(row: Sequence[bytes | None]) -> StoredChunk:
    part, groups, totals, ends, layout, ids, weights = (value or b"" for value in row)
    directory = Directory(*map(database.int_array_of, (groups, totals, ends)))
    return StoredChunk(int.from_bytes(part), directory, Packed(int.from_bytes(layout), ids, weights))


def _loaded(row: Sequence[Any]) -> StoredChunk:
    part, groups, totals, ends, layout, ids, weights = row
    directory = Directory(*map(database.as_int_array, (groups, totals, ends)))
    return StoredChunk(part, directory, Packed(layout, ids or b"", weights or b""))


def span(dataset: Dataset) -> Span | None:
    """Return the days from the first summary to the last, or None if there are none."""
    sql = f"SELECT min(start), max(start) FROM {dataset.summaries} WHERE roll_up = %s AND grain = %s"
    first, last = database.rows(sql, [RollUp.TOTAL.value, Grain.DAY.value])[0]
    return Span.closed(database.as_date(first), database.as_date(last)) if first else None


def days_from(dataset: Dataset, start: date) -> list[date]:
    """Return the days from `start` on that have a summary."""
    sql = f"SELECT start FROM {dataset.summaries} WHERE roll_up = %s AND grain = %s AND start >= %s ORDER BY 1"
    return [database.as_date(day) for (day,) in database.rows(sql, [RollUp.TOTAL.value, Grain.DAY.value, start])]


def existing_keys(dataset: Dataset, days: Sequence[date]) -> set[tuple[int, int]]:
    """Return the day number and the group of existing day summaries, without ALL_GROUPS."""
    buckets = tuple((day_number(day), Bucket(Grain.DAY, day)) for day in days)
    found = block(dataset, SummaryRead(buckets, None, Need.TOTALS))
    return set(zip(found.parts.tolist(), found.groups.tolist(), strict=True))


BucketContents = dict[int, tuple[int, int, list[tuple[int, int]]]]
"""By group, with ALL_GROUPS: the total, the number of distinct members, and each member with its weight."""


def bucket_contents(dataset: Dataset, bucket: Bucket) -> BucketContents | None:
    """Return the stored content of one bucket, totals and columns independently, or None if its bytes are corrupt."""
    every = (SummaryRead(((0, bucket),), groups, Need.WEIGHTS) for groups in (None, (ALL_GROUPS,)))
    try:
        stored = stacked([block(dataset, each) for each in every])
    except CorruptCounts:
        return None
    found: BucketContents = {}
    for group, total, distinct in zip(*(column.tolist() for column in stored[1:4]), strict=True):
        own = stored.only([group])
        found[group] = (total, distinct, list(zip(own.ids.tolist(), own.weights.tolist(), strict=True)))
    return found


def as_bucket_contents(entries: Entries) -> BucketContents:
    """Return the content that a bucket with these entries should have."""
    pairs: dict[int, list[tuple[int, int]]] = {}
    for group, *pair in zip(entries.group.tolist(), entries.ids.tolist(), entries.weights.tolist(), strict=True):
        pairs.setdefault(group, []).append(tuple(pair))
    return {group: (sum(weights for _, weights in own), len(own), own) for group, own in pairs.items()}


def day_number(day: date) -> int:
    """Return the number of days since 1970, by which arrays are grouped."""
    return (day - CALENDAR_START).days


def replace_days(dataset: Dataset, days: Sequence[date], entries: Entries, generation: int) -> None:
    """Replace the summaries of these days by `entries`, which are merged by day number and group."""
    delete(dataset, [Bucket(Grain.DAY, day) for day in days])
    _insert(dataset, Grain.DAY, entries, generation)


def fold(dataset: Dataset, buckets: Sequence[Bucket], generation: int) -> None:
    """Replace weeks, months and years by the sums of what lies below them."""
    delete(dataset, buckets)
    for grain in sorted(FOLDED_FROM):
        if same := [bucket for bucket in buckets if bucket.grain is grain]:
            _insert(dataset, grain, folded(dataset, same), generation)


def folded(dataset: Dataset, buckets: Sequence[Bucket]) -> Entries:
    """Return the sums of the summaries below buckets of one grain, by the number of the bucket's first day."""
    source = FOLDED_FROM[buckets[0].grain]
    below = block(dataset, SummaryRead(_under(buckets, source), None, Need.WEIGHTS))
    merged = entries_of(below).merged(by_group=True)
    return replace(merged, part=np.array([day_number(bucket.start) for bucket in buckets], np.int64)[merged.part])


def _under(buckets: Sequence[Bucket], source: Grain) -> tuple[tuple[int, Bucket], ...]:
    return tuple(
        (place, Bucket(source, day))
        for place, bucket in enumerate(buckets)
        for day in bucket.span
        if floor(day, source) == day
    )


def delete(dataset: Dataset, buckets: Sequence[Bucket]) -> None:
    """Delete the summaries of some buckets."""
    sql = f"DELETE FROM {dataset.summaries} WHERE roll_up = %s AND grain = %s AND start = %s"
    keys = [(roll_up.value, bucket.grain.value, bucket.start) for roll_up in RollUp for bucket in buckets]
    database.execute_many(sql, keys)


def _insert(dataset: Dataset, grain: Grain, entries: Entries, generation: int) -> None:
    """Write the chunks of entries that are merged by day number and group, of every roll-up."""
    for roll_up, merged in ((RollUp.BY_GROUP, entries), (RollUp.TOTAL, entries.merged(by_group=False))):
        key = (roll_up.value, grain.value, generation)
        database.insert_many(dataset.summaries, COLUMNS, (_record(key, chunk) for chunk in stored_chunks(merged)))


def _record(key: tuple[int, int, int], chunk: StoredChunk) -> list[object]:
    roll_up, grain, generation = key
    start = CALENDAR_START + timedelta(days=chunk.part)
    return [roll_up, grain, start, generation, *chunk.directory, *chunk.packed]


def has_member(dataset: Dataset, member: int, buckets: Iterable[Bucket]) -> bool:
    """Return whether a summary of these buckets counts this member."""
    read_ids = SummaryRead(tuple(enumerate(buckets)), (ALL_GROUPS,), Need.IDS)
    return bool(read_ids.buckets) and member in block(dataset, read_ids).ids


def groups_with_ids(dataset: Dataset, bucket: Bucket) -> list[tuple[Identity, list[int]]]:
    """Return the groups of one bucket with their members, with ALL_GROUPS."""
    reads = [SummaryRead(((0, bucket),), groups, Need.IDS) for groups in (None, (ALL_GROUPS,))]
    return [
        (identity, stored.only([identity.group]).ids.tolist())
        for each in reads
        for stored in [block(dataset, each)]
        for identity in _identities(dataset, each, stored)
    ]


def identities(dataset: Dataset, read: SummaryRead) -> list[tuple[int, Identity, int]]:
    """Return the part, identity and total of the groups of a read, without their columns."""
    numbered = replace(_numbered(read), need=Need.TOTALS)
    stored = block(dataset, numbered)
    parts = (read.buckets[place][0] for place in stored.parts.tolist())
    return list(zip(parts, _identities(dataset, numbered, stored), stored.totals.tolist(), strict=True))


def _identities(dataset: Dataset, read: SummaryRead, stored: Block) -> list[Identity]:
    """Return the identity of each row of a block, whose parts are the places of the buckets in the read."""
    born = _generations(dataset, read)
    rows = zip(stored.parts.tolist(), stored.groups.tolist(), strict=True)
    found = ((read.buckets[place][1], group, born[place]) for place, group in rows)
    return [Identity(bucket.grain.value, str(bucket.start), group, written) for bucket, group, written in found]


def _generations(dataset: Dataset, read: SummaryRead) -> dict[int, int]:
    """Return the generation in which the chunk of each part was written."""
    roll_up = RollUp.TOTAL if read.groups == (ALL_GROUPS,) else RollUp.BY_GROUP
    if database.on_postgres():
        sql, params = "SELECT wanted.part, generation" + POSTGRES_BUCKETS, _columns(read)
    else:
        sql, params = "SELECT json_extract(wanted.value, '$[0]'), generation" + SQLITE_BUCKETS, [_as_json(read)]
    return dict(database.rows(sql.format(of=dataset), [*params, roll_up.value]))
