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
from tally.chunks import Chunk, Directory, StoredChunk, entries_of, stored_chunks
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
"""Up to this many groups are cut out of the chunks by PostgreSQL. For more, whole chunks are sent and cut here."""

POSTGRES_BUCKETS = """
    FROM unnest(%s::int[], %s::int[], %s::date[]) AS wanted (part, grain, start), LATERAL (
        SELECT * FROM {of.summaries} AS s
        WHERE s.roll_up = %s AND s.grain = wanted.grain AND s.start = wanted.start OFFSET 0) AS chunk"""
"""OFFSET 0 makes the planner use the index, bucket by bucket. With statistics from before a large roll-up it would read
the whole table (measured: 220 ms instead of 5)."""
POSTGRES_READ = "SELECT wanted.part, groups, totals, ends, layout::int4, {ids}, {weights}" + POSTGRES_BUCKETS
POSTGRES_SLICES = (
    """SELECT wanted.part, ARRAY[groups[place]], ARRAY[totals[place]], ARRAY[ends[place] - before], layout::int4,
        {ids}, {weights}"""
    + POSTGRES_BUCKETS
    + """, LATERAL (
        SELECT place, coalesce(ends[place - 1], 0) AS before
        FROM unnest(%s::bigint[]) AS sought, array_position(groups, sought) AS place
        WHERE place IS NOT NULL) AS found"""
)
SLICE = "substring({column}, (before * {width} + 1)::int, ((ends[place] - before) * {width})::int)"
"""The columns are stored uncompressed and out of line, so only the pages of the slice are read."""
ID_WIDTH, WEIGHT_WIDTH = "(1 << (layout >> 4 & 15))", "(1 << (layout & 15))"
SQLITE_BUCKETS = """
    FROM json_each(%s) AS wanted CROSS JOIN {of.summaries} AS s
    WHERE s.roll_up = %s AND s.grain = json_extract(wanted.value, '$[1]')
    AND s.start = json_extract(wanted.value, '$[2]')"""
SQLITE_READ = (
    "SELECT json_extract(wanted.value, '$[0]'), groups, totals, ends, layout, {ids}, {weights}" + SQLITE_BUCKETS
)


def chunks(dataset: Dataset, read: SummaryRead) -> list[Chunk]:
    """Return the chunks that a plan asks for, each with the groups it asks for."""
    if read.groups is None:
        return _chunks(dataset, read, RollUp.BY_GROUP)
    groups = tuple(group for group in read.groups if group != ALL_GROUPS)
    total = _chunks(dataset, read, RollUp.TOTAL) if ALL_GROUPS in read.groups else []
    return [*total, *(_of_groups(dataset, read, groups) if groups else [])]


def _of_groups(dataset: Dataset, read: SummaryRead, groups: Sequence[int]) -> list[Chunk]:
    if database.on_postgres() and len(groups) <= MAX_SLICED_GROUPS:
        return _slices(dataset, read, groups)
    found = _chunks(dataset, read, RollUp.BY_GROUP)
    if len(groups) == 1:
        return [chunk for chunk in (chunk.only(groups[0]) for chunk in found) if chunk.groups.size]
    return [chunk.within(groups) for chunk in found]


def _chunks(dataset: Dataset, read: SummaryRead, roll_up: RollUp) -> list[Chunk]:
    ids = "ids" if read.need >= Need.IDS else "NULL"
    weights = "weights" if read.need >= Need.WEIGHTS else "NULL"
    if database.on_postgres():
        sql = POSTGRES_READ.format(of=dataset, ids=ids, weights=weights)
        return [_copied(row) for row in database.copied(sql, [*_columns(read), roll_up.value])]
    sql = SQLITE_READ.format(of=dataset, ids=ids, weights=weights)
    return [_loaded(row) for row in database.rows(sql, [_as_json(read), roll_up.value])]


def _slices(dataset: Dataset, read: SummaryRead, groups: Sequence[int]) -> list[Chunk]:
    ids = SLICE.format(column="ids", width=ID_WIDTH) if read.need >= Need.IDS else "NULL"
    weights = SLICE.format(column="weights", width=WEIGHT_WIDTH) if read.need >= Need.WEIGHTS else "NULL"
    sql = POSTGRES_SLICES.format(of=dataset, ids=ids, weights=weights)
    params = [*_columns(read), RollUp.BY_GROUP.value, list(groups)]
    return [_copied(row) for row in database.copied(sql, params)]


def _columns(read: SummaryRead) -> Sequence[object]:
    """Return parts, grains and starts for unnest."""
    return [list(each) for each in zip(*((part, b.grain.value, b.start) for part, b in read.buckets), strict=True)]


def _as_json(read: SummaryRead) -> str:
    """Return the same for json_each."""
    return json.dumps([(part, bucket.grain.value, bucket.start.isoformat()) for part, bucket in read.buckets])


def _copied(row: Sequence[bytes | None]) -> Chunk:
    part, groups, totals, ends, layout, ids, weights = (value or b"" for value in row)
    directory = Directory(*map(database.int_array_of, (groups, totals, ends)))
    return StoredChunk(int.from_bytes(part), directory, Packed(int.from_bytes(layout), ids, weights)).read()


def _loaded(row: Sequence[Any]) -> Chunk:
    part, groups, totals, ends, layout, ids, weights = row
    directory = Directory(*map(database.as_int_array, (groups, totals, ends)))
    return StoredChunk(part, directory, Packed(layout, ids or b"", weights or b"")).read()


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
    found = chunks(dataset, SummaryRead(buckets, None, Need.TOTALS))
    return {(chunk.part, group) for chunk in found for group in chunk.groups.tolist()}


BucketContents = dict[int, tuple[int, int, list[tuple[int, int]]]]
"""By group, with ALL_GROUPS: the total, the number of distinct members, and each member with its weight."""


def bucket_contents(dataset: Dataset, bucket: Bucket) -> BucketContents | None:
    """Return the stored content of one bucket, totals and columns independently, or None if its bytes are corrupt."""
    try:
        stored = _all_chunks(dataset, ((0, bucket),))
    except CorruptCounts:
        return None
    found: BucketContents = {}
    for chunk in stored:
        for group, total, distinct in zip(*(column.tolist() for column in chunk[1:4]), strict=True):
            own = chunk.only(group)
            found[group] = (total, distinct, list(zip(own.ids.tolist(), own.weights.tolist(), strict=True)))
    return found


def _all_chunks(dataset: Dataset, buckets: tuple[tuple[int, Bucket], ...]) -> list[Chunk]:
    """Return everything stored of some buckets, with ALL_GROUPS."""
    several = (SummaryRead(buckets, groups, Need.WEIGHTS) for groups in (None, (ALL_GROUPS,)))
    return [chunk for each in several for chunk in chunks(dataset, each)]


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
    below = chunks(dataset, SummaryRead(_under(buckets, source), None, Need.WEIGHTS))
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
    return bool(read_ids.buckets) and any(member in chunk.ids for chunk in chunks(dataset, read_ids))


def groups_with_ids(dataset: Dataset, bucket: Bucket) -> list[tuple[Identity, list[int]]]:
    """Return the groups of one bucket with their members, with ALL_GROUPS."""
    reads = [SummaryRead(((0, bucket),), groups, Need.IDS) for groups in (None, (ALL_GROUPS,))]
    return [
        (identity, chunk.only(identity.group).ids.tolist())
        for each in reads
        for chunk, found in _identified(dataset, each)
        for identity in found
    ]


def identities(dataset: Dataset, read: SummaryRead) -> list[tuple[int, Identity, int]]:
    """Return the part, identity and total of the groups of a read, without their columns."""
    numbered = tuple((number, bucket) for number, (_, bucket) in enumerate(read.buckets))
    return [
        (read.buckets[chunk.part][0], identity, total)
        for chunk, found in _identified(dataset, replace(read, buckets=numbered, need=Need.TOTALS))
        for identity, total in zip(found, chunk.totals.tolist(), strict=True)
    ]


def _identified(dataset: Dataset, read: SummaryRead) -> list[tuple[Chunk, list[Identity]]]:
    """Return the chunks of a read whose parts are the places of its buckets, with the identity of each group."""
    born = _generations(dataset, read)
    return [
        (chunk, [Identity(*_bucket_key(read, chunk), group, born[chunk.part]) for group in chunk.groups.tolist()])
        for chunk in chunks(dataset, read)
    ]


def _bucket_key(read: SummaryRead, chunk: Chunk) -> tuple[int, str]:
    bucket = read.buckets[chunk.part][1]
    return bucket.grain.value, str(bucket.start)


def _generations(dataset: Dataset, read: SummaryRead) -> dict[int, int]:
    """Return the generation in which the chunk of each part was written."""
    roll_up = RollUp.TOTAL if read.groups == (ALL_GROUPS,) else RollUp.BY_GROUP
    if database.on_postgres():
        sql, params = "SELECT wanted.part, generation" + POSTGRES_BUCKETS, _columns(read)
    else:
        sql, params = "SELECT json_extract(wanted.value, '$[0]'), generation" + SQLITE_BUCKETS, [_as_json(read)]
    return dict(database.rows(sql.format(of=dataset), [*params, roll_up.value]))
