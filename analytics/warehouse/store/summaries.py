"""Store and read the summaries, one chunk for each bucket of each roll-up. Roll-up writes them, every question reads
them."""

import json
from collections import ChainMap, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from analytics import database
from analytics.database import ColumnType
from analytics.datasets import Dataset, Identity
from tally.bucket_counts import BucketCounts, CountedChunk, counted_chunks, counts_of_chunks
from tally.chunks import (
    Block,
    Directory,
    GroupSlice,
    StoredChunk,
    block_of_chunks,
    block_of_slices,
    stacked,
)
from tally.columns import ALL_GROUPS
from tally.counts import Packed, RawBytes
from tally.errors import CorruptCounts
from tally.plan import Need, SummaryRead
from tally.register_chunks import PackedRegisters, RegisterBlock
from tally.registers import RegisterEntries
from tally.roll_ups import TOTAL, RollUpNumbers
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
    "register_ends": ColumnType.INTS,
    "layout": ColumnType.SMALLINT,
    "ids": ColumnType.BYTES,
    "weights": ColumnType.BYTES,
    "registers": ColumnType.BYTES,
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
SIZES = {
    "postgresql": f"""
        SELECT roll_up, count(*), count(*) FILTER (WHERE grain = {Grain.DAY.value}),
               sum(length(ids) + length(weights) + length(registers)
                   + 8 * (3 * cardinality(groups) + cardinality(register_ends)))
        FROM {{of.summaries}} GROUP BY 1""",
    "sqlite": f"""
        SELECT roll_up, count(*), sum(grain = {Grain.DAY.value}),
               sum(length(ids) + length(weights) + length(registers)
                   + 8 * (3 * json_array_length(groups) + json_array_length(register_ends)))
        FROM {{of.summaries}} GROUP BY 1""",
}
KEY_COLUMNS = {"part": "int4", "number": "int2", "size": "int2", "day": "date"}
WHOLE = "SELECT part, groups, totals, ends, layout{cast}, ids, weights, register_ends, registers FROM {given}"
POSTGRES_WHOLE = f"""{WHOLE.format(cast="::int4", given="{given}")}, LATERAL (
    SELECT * FROM {{of.summaries}} AS s
    WHERE s.roll_up = given.number AND s.grain = given.size AND s.start = given.day OFFSET 0) AS chunk"""
SQLITE_WHOLE = f"""{WHOLE.format(cast="", given="{given}")} CROSS JOIN {{of.summaries}} AS s
    WHERE s.roll_up = given.number AND s.grain = given.size AND s.start = given.day"""
CHUNKS_PER_BUCKET = {Grain.WEEK: 7, Grain.MONTH: 31, Grain.YEAR: 12}
MAX_CHUNKS_PER_FOLD = 750
"""The most chunks that are summed from one read, which bounds memory."""
POSTGRES_REGISTERS = f"""
    SELECT wanted.part, groups, register_ends, registers{POSTGRES_BUCKETS} WHERE length(registers) > 0"""
SQLITE_REGISTERS = f"""
    SELECT json_extract(wanted.value, '$[0]'), groups, register_ends, registers{SQLITE_BUCKETS}
    AND length(registers) > 0"""
CUT = "(first << {bits}) + 1, (last - first) << {bits}"
ID_BITS, WEIGHT_BITS = "(layout >> 4 & 15)", "(layout & 15)"
"""The widths of the columns as powers of two; see `tally.counts`."""
IDS_CUT = f"substr(ids, {CUT.format(bits=ID_BITS)})"
WEIGHTS_CUT = f"substr(weights, {CUT.format(bits=WEIGHT_BITS)})"
"""The columns are stored uncompressed and out of line, so only the pages of the slice are read."""
POSTGRES_SLICES = f"""
    SELECT part, key, total, (last - first)::int8, layout::int4, {{ids}}, {{weights}}
    FROM (SELECT part, key, totals[place] AS total, coalesce(ends[place - 1], 0)::int4 AS first,
                 ends[place]::int4 AS last, layout, ids, weights
          FROM (SELECT wanted.part, chunk.*{POSTGRES_BUCKETS}) AS read, unnest(%s::bigint[]) AS key,
               array_position(groups, key) AS place
          WHERE place IS NOT NULL) AS found"""
SQLITE_SLICES = f"""
    SELECT part, key, total, last - first, layout, {{ids}}, {{weights}}
    FROM (SELECT part, place.value AS key, json_extract(totals, '$[' || place.key || ']') AS total,
                 CASE place.key WHEN 0 THEN 0 ELSE json_extract(ends, '$[' || (place.key - 1) || ']') END AS first,
                 json_extract(ends, '$[' || place.key || ']') AS last, layout, ids, weights
          FROM (SELECT json_extract(wanted.value, '$[0]') AS part, s.*{SQLITE_BUCKETS}) AS read,
               json_each(groups) AS place
          WHERE place.value IN (SELECT value FROM json_each(%s))) AS found"""


class Contents(NamedTuple):
    """What one roll-up holds of some days, by the number of the day since 1970, merged."""

    roll_up: int
    days: Sequence[date]
    counts: BucketCounts


def block(dataset: Dataset, source: RollUpNumbers, read: SummaryRead) -> Block:
    """Return what a plan asks for."""
    if read.groups is None:
        return _whole(dataset, source.grouped, read)
    groups = tuple(group for group in read.groups if group != ALL_GROUPS)
    total = [_whole(dataset, source.total, read)] if ALL_GROUPS in read.groups else []
    return stacked([*total, *([_of_groups(dataset, source.grouped, read, groups)] if groups else [])])


def whole_block(dataset: Dataset, roll_up: int, buckets: Iterable[tuple[int, Bucket]], need: Need) -> Block:
    """Return all groups of one roll-up."""
    return _whole(dataset, roll_up, SummaryRead(tuple(buckets), None, need))


def _whole(dataset: Dataset, roll_up: int, read: SummaryRead) -> Block:
    return block_of_chunks(_chunks(dataset, roll_up, read))


def _of_groups(dataset: Dataset, roll_up: int, read: SummaryRead, groups: Sequence[int]) -> Block:
    if len(groups) > MAX_SLICED_GROUPS:
        return _whole(dataset, roll_up, read).only(groups)
    ids = IDS_CUT if read.need >= Need.IDS else "NULL"
    weights = WEIGHTS_CUT if read.need >= Need.WEIGHTS else "NULL"
    if database.on_postgres():
        sql = POSTGRES_SLICES.format(of=dataset, ids=ids, weights=weights)
        found = database.copied(sql, [*_columns(read), roll_up, list(groups)])
        return block_of_slices([_copied_slice(row) for row in found])
    sql = SQLITE_SLICES.format(of=dataset, ids=ids, weights=weights)
    rows = database.rows(sql, [_as_json(read), roll_up, json.dumps(groups)])
    return block_of_slices([_loaded_slice(row) for row in rows])


def _copied_slice(row: Sequence[RawBytes | None]) -> GroupSlice:
    *numbers, layout, ids, weights = (value or b"" for value in row)
    part, group, total, size = (int.from_bytes(number, signed=True) for number in numbers)
    return GroupSlice(part, group, total, size, Packed(int.from_bytes(layout), ids, weights))


def _loaded_slice(row: Sequence[Any]) -> GroupSlice:
    part, group, total, size, layout, ids, weights = row
    return GroupSlice(part, group, total, size, Packed(layout, ids or b"", weights or b""))


def _chunks(dataset: Dataset, roll_up: int, read: SummaryRead) -> list[StoredChunk]:
    if not read.buckets:
        return []
    ids = "ids" if read.need >= Need.IDS else "NULL"
    weights = "weights" if read.need >= Need.WEIGHTS else "NULL"
    if database.on_postgres():
        sql = POSTGRES_READ.format(of=dataset, ids=ids, weights=weights)
        return [_copied(row) for row in database.copied(sql, [*_columns(read), roll_up])]
    sql = SQLITE_READ.format(of=dataset, ids=ids, weights=weights)
    return [_loaded(row) for row in database.rows(sql, [_as_json(read), roll_up])]


def _columns(read: SummaryRead) -> Sequence[object]:
    """Return parts, grains and starts for unnest."""
    return [list(each) for each in zip(*((part, b.grain.value, b.start) for part, b in read.buckets), strict=True)]


def _as_json(read: SummaryRead) -> str:
    """Return the same for json_each."""
    return json.dumps([(part, bucket.grain.value, bucket.start.isoformat()) for part, bucket in read.buckets])


def _copied(row: Sequence[RawBytes | None]) -> StoredChunk:
    part, groups, totals, ends, layout, ids, weights = (value or b"" for value in row)
    directory = Directory(*map(database.int_array_of, (groups, totals, ends)))
    return StoredChunk(int.from_bytes(part), directory, Packed(int.from_bytes(layout), ids, weights))


def _loaded(row: Sequence[Any]) -> StoredChunk:
    part, groups, totals, ends, layout, ids, weights = row
    directory = Directory(*map(database.as_int_array, (groups, totals, ends)))
    return StoredChunk(part, directory, Packed(layout, ids or b"", weights or b""))


def register_block(
    dataset: Dataset, roll_up: int, buckets: Sequence[tuple[int, Bucket]], groups: Sequence[int] | None = None
) -> RegisterBlock:
    """Return the registers of the visitors of all groups of one roll-up, or of some."""
    if not buckets or groups == ():
        return RegisterBlock.of_chunks([])
    read = SummaryRead(tuple(buckets), None, Need.TOTALS)
    if database.on_postgres():
        sql = POSTGRES_REGISTERS.format(of=dataset)
        found = [_copied_registers(row) for row in database.copied(sql, [*_columns(read), roll_up])]
    else:
        rows = database.rows(SQLITE_REGISTERS.format(of=dataset), [_as_json(read), roll_up])
        found = [
            PackedRegisters(part, database.as_int_array(names), database.as_int_array(ends), bytes(data))
            for part, names, ends, data in rows
        ]
    whole = RegisterBlock.of_chunks(found)
    return whole if groups is None else whole.where(np.isin(whole.groups, np.array(groups, np.int64)))


def _copied_registers(row: Sequence[RawBytes | None]) -> PackedRegisters:
    part, groups, ends, data = (value or b"" for value in row)
    return PackedRegisters(int.from_bytes(part), database.int_array_of(groups), database.int_array_of(ends), data)


def span(dataset: Dataset) -> Span | None:
    """Return the days of UTC from the first summary to the last, or None if there are none."""
    sql = f"SELECT min(start), max(start) FROM {dataset.summaries} WHERE roll_up = %s AND grain = %s"
    first, last = database.rows(sql, [TOTAL, Grain.DAY.value])[0]
    return Span.closed(database.as_date(first), database.as_date(last)) if first else None


def days_from(dataset: Dataset, roll_up: int, start: date) -> list[date]:
    """Return the days from `start` on that have a summary."""
    sql = f"SELECT start FROM {dataset.summaries} WHERE roll_up = %s AND grain = %s AND start >= %s ORDER BY 1"
    return [database.as_date(day) for (day,) in database.rows(sql, [roll_up, Grain.DAY.value, start])]


def existing_keys(dataset: Dataset, roll_up: int, days: Sequence[date]) -> set[tuple[int, int]]:
    """Return the day number and the group of existing day summaries of one roll-up."""
    buckets = [(day_number(day), Bucket(Grain.DAY, day)) for day in days]
    found = whole_block(dataset, roll_up, buckets, Need.TOTALS)
    return set(zip(found.parts.tolist(), found.groups.tolist(), strict=True))


def sizes(dataset: Dataset) -> dict[int, tuple[int, int, int]]:
    """Return of each roll-up the rows, the rows of days, and the bytes of all. Integers of directories count as eight
    bytes each."""
    found = database.rows(SIZES[database.vendor()].format(of=dataset))
    return {number: (rows, days, int(size)) for number, rows, days, size in found}


def starts(dataset: Dataset, roll_ups: Iterable[int], grain: Grain) -> set[date]:
    """Return the first days of all buckets of one grain that have a summary in any of these roll-ups."""
    wanted, params = database.one_of("roll_up", roll_ups)
    sql = f"SELECT DISTINCT start FROM {dataset.summaries} WHERE {wanted} AND grain = %s"
    return {database.as_date(day) for (day,) in database.rows(sql, [*params, grain.value])}


def with_bucket(dataset: Dataset, roll_ups: Iterable[int], bucket: Bucket) -> set[int]:
    """Return which of these roll-ups have a summary of a bucket."""
    wanted, params = database.one_of("roll_up", roll_ups)
    sql = f"SELECT roll_up FROM {dataset.summaries} WHERE {wanted} AND grain = %s AND start = %s"
    return {number for (number,) in database.rows(sql, [*params, bucket.grain.value, bucket.start])}


Visitors = list[tuple[int, int]]
"""The registers that are not 0, each with its value."""
BucketContents = dict[int, tuple[int, int, list[tuple[int, int]], Visitors]]
"""By group: the total, the number of distinct members, each member with its weight, and the visitors."""


def bucket_contents(dataset: Dataset, roll_up: int, bucket: Bucket) -> BucketContents | None:
    """Return the stored content of one bucket, totals and columns independently, or None if its bytes are corrupt."""
    try:
        stored = whole_block(dataset, roll_up, [(0, bucket)], Need.WEIGHTS)
        visitors = _visitors(register_block(dataset, roll_up, [(0, bucket)]).entries().merged())
    except CorruptCounts:
        return None
    found: BucketContents = {}
    for group, total, distinct in zip(*(column.tolist() for column in stored[1:4]), strict=True):
        own = stored.only([group])
        members = list(zip(own.ids.tolist(), own.weights.tolist(), strict=True))
        found[group] = (total, distinct, members, visitors.get(group, []))
    return found


def as_bucket_contents(counts: BucketCounts) -> BucketContents:
    """Return the content that a bucket with these counts should have."""
    pairs, visitors, entries = (
        defaultdict[int, list[tuple[int, int]]](list),
        _visitors(counts.registers),
        counts.entries,
    )
    for group, id, weight in zip(
        *(column.tolist() for column in (entries.group, entries.ids, entries.weights)), strict=True
    ):
        pairs[group].append((id, weight))
    return {
        group: (sum(weights for _, weights in own), len(own), own, visitors.get(group, []))
        for group, own in pairs.items()
    }


def _visitors(registers: RegisterEntries) -> dict[int, Visitors]:
    """Return merged registers by group."""
    found = defaultdict[int, Visitors](list)
    columns = (registers.group.tolist(), registers.register.tolist(), registers.value.tolist())
    for group, register, value in zip(*columns, strict=True):
        found[group].append((register, value))
    return found


def day_number(day: date) -> int:
    """Return the number of days since 1970, by which arrays are grouped."""
    return (day - CALENDAR_START).days


Chunks: TypeAlias = dict[tuple[int, Bucket], CountedChunk]
"""Chunks by the number of the roll-up and the bucket."""


def day_chunks(kept: Contents) -> Chunks:
    """Return the day summaries of what a roll-up holds, packed."""
    return _chunks_of(kept.roll_up, Grain.DAY, kept.counts)


def replace_days(dataset: Dataset, days: Mapping[int, Sequence[date]], found: Chunks, generation: int) -> int:
    """Replace the summaries of the days of each roll-up, and return how many there were."""
    deleted = delete(dataset, [(roll_up, Bucket(Grain.DAY, day)) for roll_up, own in days.items() for day in own])
    _insert(dataset, found, generation)
    return deleted


def fold(dataset: Dataset, buckets: Sequence[tuple[int, Bucket]], generation: int, known: Chunks) -> Chunks:
    """Replace weeks, months and years of roll-ups by the sums of what lies below them. What is not `known` is read.
    Return the months."""
    delete(dataset, buckets)
    months = Chunks()
    for grain in sorted(FOLDED_FROM):
        same = [each for each in buckets if each[1].grain is grain]
        at_once = MAX_CHUNKS_PER_FOLD // CHUNKS_PER_BUCKET[grain]
        for start in range(0, len(same), at_once):
            folded = _fold(dataset, grain, same[start : start + at_once], generation, ChainMap(months, known))
            if grain is Grain.MONTH:
                months |= folded
    return months


def _fold(
    dataset: Dataset,
    grain: Grain,
    buckets: Sequence[tuple[int, Bucket]],
    generation: int,
    known: ChainMap[tuple[int, Bucket], CountedChunk],
) -> Chunks:
    """Write and return the sums of buckets of one grain, from one read of all that lies below and is not known."""
    unknown = [key for roll_up, bucket in buckets for key in _under(roll_up, bucket) if key not in known]
    below = known.new_child(_read_whole(dataset, unknown) if unknown else {})
    found = Chunks()
    for roll_up, bucket in buckets:
        chunks = [below[key] for key in _under(roll_up, bucket) if key in below]
        start = day_number(bucket.start)
        summed = counts_of_chunks([each._replace(chunk=each.chunk._replace(part=start)) for each in chunks])
        found |= _chunks_of(roll_up, grain, summed)
    _insert(dataset, found, generation)
    return found


def _under(roll_up: int, bucket: Bucket) -> list[tuple[int, Bucket]]:
    source = FOLDED_FROM[bucket.grain]
    return [(roll_up, Bucket(source, day)) for day in bucket.span if floor(day, source) == day]


def _read_whole(dataset: Dataset, keys: Sequence[tuple[int, Bucket]]) -> dict[tuple[int, Bucket], CountedChunk]:
    """Return the stored chunks under these keys, with their registers."""
    listed = [
        (place, roll_up, bucket.grain.value, bucket.start.isoformat()) for place, (roll_up, bucket) in enumerate(keys)
    ]
    given, params = database.table(list(KEY_COLUMNS), listed, list(KEY_COLUMNS.values()))
    if database.on_postgres():
        rows = [_copied_whole(row) for row in database.copied(POSTGRES_WHOLE.format(of=dataset, given=given), params)]
    else:
        rows = [_loaded_whole(row) for row in database.rows(SQLITE_WHOLE.format(of=dataset, given=given), params)]
    return {keys[place]: chunk for place, chunk in rows}


def _copied_whole(row: Sequence[RawBytes | None]) -> tuple[int, CountedChunk]:
    *whole, register_ends, registers = (value or b"" for value in row)
    chunk = _copied(whole)
    return chunk.part, CountedChunk(chunk, database.int_array_of(register_ends), registers)


def _loaded_whole(row: Sequence[Any]) -> tuple[int, CountedChunk]:
    *whole, register_ends, registers = row
    return whole[0], CountedChunk(_loaded(whole), database.as_int_array(register_ends), registers)


def delete(dataset: Dataset, buckets: Sequence[tuple[int, Bucket]]) -> int:
    """Delete the summaries of some buckets of roll-ups, and return how many there were."""
    if not buckets:
        return 0
    keys = [(roll_up, bucket.grain.value, bucket.start.isoformat()) for roll_up, bucket in buckets]
    given, params = database.table(["number", "size", "day"], keys, ["smallint", "smallint", "date"])
    sql = f"DELETE FROM {dataset.summaries} WHERE (roll_up, grain, start) IN (SELECT number, size, day FROM {given})"
    return database.execute(sql, params)


def _chunks_of(roll_up: int, grain: Grain, counts: BucketCounts) -> Chunks:
    """Return the chunks of merged counts, whose parts are the first days of buckets."""
    return {
        (roll_up, Bucket(grain, CALENDAR_START + timedelta(days=found.chunk.part))): found
        for found in counted_chunks(counts)
    }


def _insert(dataset: Dataset, chunks: Chunks, generation: int) -> None:
    database.insert_many(
        dataset.summaries,
        COLUMNS,
        (
            [roll_up, bucket.grain.value, bucket.start, generation, *chunk.directory, ends, *chunk.packed, registers]
            for (roll_up, bucket), (chunk, ends, registers) in chunks.items()
        ),
    )


def has_member(dataset: Dataset, member: int, buckets: Iterable[Bucket]) -> bool:
    """Return whether a summary of these buckets counts this member."""
    return member in whole_block(dataset, TOTAL, enumerate(buckets), Need.IDS).ids


def groups_with_ids(dataset: Dataset, source: RollUpNumbers, bucket: Bucket) -> list[tuple[Identity, list[int]]]:
    """Return the groups of one bucket with their members, with ALL_GROUPS."""
    reads = [SummaryRead(((0, bucket),), groups, Need.IDS) for groups in (None, (ALL_GROUPS,))]
    return [
        (identity, stored.only([identity.group]).ids.tolist())
        for each in reads
        for stored in [block(dataset, source, each)]
        for identity in _identities(dataset, source, each, stored)
    ]


def identities(dataset: Dataset, source: RollUpNumbers, read: SummaryRead) -> list[tuple[int, Identity, int]]:
    """Return the part, identity and total of the groups of a read, without their columns."""
    numbered = replace(_numbered(read), need=Need.TOTALS)
    stored = block(dataset, source, numbered)
    parts = (read.buckets[place][0] for place in stored.parts.tolist())
    return list(zip(parts, _identities(dataset, source, numbered, stored), stored.totals.tolist(), strict=True))


def _numbered(read: SummaryRead) -> SummaryRead:
    """Return the read with the place of each bucket as its part."""
    return replace(read, buckets=tuple((number, bucket) for number, (_, bucket) in enumerate(read.buckets)))


def _identities(dataset: Dataset, source: RollUpNumbers, read: SummaryRead, stored: Block) -> list[Identity]:
    """Return the identity of each row of a block, whose parts are the places of the buckets in the read."""
    born = _generations(dataset, source.total if read.groups == (ALL_GROUPS,) else source.grouped, read)
    rows = zip(stored.parts.tolist(), stored.groups.tolist(), strict=True)
    found = ((read.buckets[place][1], group, born[place]) for place, group in rows)
    return [Identity(bucket.grain.value, str(bucket.start), group, written) for bucket, group, written in found]


def _generations(dataset: Dataset, roll_up: int, read: SummaryRead) -> dict[int, int]:
    """Return the generation in which the chunk of each part was written."""
    if database.on_postgres():
        sql, params = "SELECT wanted.part, generation" + POSTGRES_BUCKETS, _columns(read)
    else:
        sql, params = "SELECT json_extract(wanted.value, '$[0]'), generation" + SQLITE_BUCKETS, [_as_json(read)]
    return dict(database.rows(sql.format(of=dataset), [*params, roll_up]))
