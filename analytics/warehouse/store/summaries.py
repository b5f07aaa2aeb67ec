"""Store and read the summaries. Roll-up writes them, every question reads them."""

import json
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from analytics import database
from analytics.datasets import Dataset, Identity
from tally.columns import ALL_GROUPS, Block, Entries, PackedGroup, entries_of, packed_groups
from tally.counts import Packed
from tally.plan import Need, SummaryRead
from tally.span import CALENDAR_START, Bucket, Grain, Span, buckets_of, floor

COLUMNS = ("grain", "start", "group_id", "total", "distinct_count", "layout", "generation", "ids", "weights")
FOLDED_FROM = ((Grain.WEEK, Grain.DAY), (Grain.MONTH, Grain.DAY), (Grain.YEAR, Grain.MONTH))
"""Each grain, and the grain that it is folded from."""

POSTGRES_READ = """
    SELECT wanted.part, group_id, layout, sum(total)::int8, sum(distinct_count)::int8, {ids}, {weights}
    FROM unnest(%s::int[], %s::int[], %s::date[]) AS wanted (part, grain, start), LATERAL (
        SELECT * FROM {of.summaries} AS s
        WHERE s.grain = wanted.grain AND s.start = wanted.start AND {groups} OFFSET 0) AS s
    GROUP BY 1, 2, 3"""
"""OFFSET 0 makes the planner use the index, bucket by bucket. With statistics from before a large roll-up it would read
the whole table (measured: 220 ms instead of 5)."""
SQLITE_READ = """
    SELECT json_extract(wanted.value, '$[0]'), group_id, layout, total, distinct_count, {ids}, {weights}
    FROM json_each(%s) AS wanted CROSS JOIN {of.summaries} AS s
    WHERE s.grain = json_extract(wanted.value, '$[1]') AND s.start = json_extract(wanted.value, '$[2]')
    AND {groups}"""


def read(dataset: Dataset, read: SummaryRead) -> list[Block]:
    """Return the blocks that a plan asks for. PostgreSQL joins the buckets of a part and group, so that few rows are
    sent."""
    return _read_postgres(dataset, read) if database.on_postgres() else _read_sqlite(dataset, read)


def _read_postgres(dataset: Dataset, read: SummaryRead) -> list[Block]:
    groups = "group_id >= 0" if read.groups is None else "group_id = ANY(%s)"
    ids = "string_agg(ids, '')" if read.need >= Need.IDS else "''::bytea"
    weights = "string_agg(weights, '')" if read.need >= Need.WEIGHTS else "''::bytea"
    params = [*_columns(read), *([] if read.groups is None else [list(read.groups)])]
    sql = POSTGRES_READ.format(of=dataset, ids=ids, weights=weights, groups=groups)
    return list(_parsed(database.copy_out(sql, params)))


def _columns(read: SummaryRead) -> Sequence[object]:
    """Return parts, grains and starts for unnest."""
    return [list(each) for each in zip(*((part, b.grain.value, b.start) for part, b in read.buckets), strict=True)]


def _as_json(read: SummaryRead) -> str:
    """Return the same for json_each."""
    return json.dumps([(part, bucket.grain.value, bucket.start.isoformat()) for part, bucket in read.buckets])


COPY_ROW = struct.Struct(">h iiiqihiqiq i")


def _parsed(data: bytes) -> Iterator[Block]:
    """Parse COPY's binary format: the number of fields, then each field after its length."""
    at = len(database.COPY_HEADER)
    while data[at : at + 2] != database.COPY_TRAILER:
        _, _, part, _, group, _, layout, _, total, _, distinct, size = COPY_ROW.unpack_from(data, at)
        at += COPY_ROW.size
        ids, at = data[at : at + size], at + size
        size = int.from_bytes(data[at : at + 4])
        at += 4
        weights, at = data[at : at + size], at + size
        yield Block(part, group, layout, total, distinct, ids, weights)


def _read_sqlite(dataset: Dataset, read: SummaryRead) -> list[Block]:
    groups = "group_id >= 0" if read.groups is None else "group_id IN (SELECT value FROM json_each(%s))"
    ids = "ids" if read.need >= Need.IDS else "x''"
    weights = "weights" if read.need >= Need.WEIGHTS else "x''"
    params = [_as_json(read), *([] if read.groups is None else [json.dumps(read.groups)])]
    sql = SQLITE_READ.format(of=dataset, ids=ids, weights=weights, groups=groups)
    return [Block(*row) for row in database.rows(sql, params)]


def span(dataset: Dataset) -> Span | None:
    """Return the days from the first summary to the last, or None if there are none."""
    sql = f"SELECT min(start), max(start) FROM {dataset.summaries} WHERE grain = %s AND group_id = %s"
    first, last = database.rows(sql, [Grain.DAY.value, ALL_GROUPS])[0]
    return Span.closed(database.as_date(first), database.as_date(last)) if first else None


def existing_keys(dataset: Dataset, days: Sequence[date]) -> set[tuple[int, int]]:
    """Return the day number and the group of existing day summaries, without ALL_GROUPS."""
    buckets = tuple((day_number(day), Bucket(Grain.DAY, day)) for day in days)
    found = read(dataset, SummaryRead(buckets, None, Need.TOTALS))
    return {(block.part, block.group) for block in found}


BucketContents = dict[int, tuple[int, int, list[tuple[int, int]]]]
"""By group, with ALL_GROUPS: the total, the number of distinct members, and each member with its weight."""


def bucket_contents(dataset: Dataset, bucket: Bucket) -> BucketContents:
    """Return the stored content of one bucket, totals and arrays independently."""
    found: BucketContents = {}
    for block in _all_blocks(dataset, ((0, bucket),)):
        packed = Packed(block.layout, block.ids, block.weights)
        pairs = list(zip(packed.id_array().tolist(), packed.weight_array().tolist(), strict=True))
        found[block.group] = (block.total, block.distinct, pairs)
    return found


def _all_blocks(dataset: Dataset, buckets: tuple[tuple[int, Bucket], ...]) -> list[Block]:
    """Return everything stored of some buckets, with ALL_GROUPS."""
    return [
        block for every in (None, (ALL_GROUPS,)) for block in read(dataset, SummaryRead(buckets, every, Need.WEIGHTS))
    ]


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
    _delete(dataset, Grain.DAY, days)
    _insert(dataset, Grain.DAY, packed_groups(entries), generation)
    _insert(dataset, Grain.DAY, packed_groups(entries.merged(by_group=False)), generation)


def fold_upwards(dataset: Dataset, days: Sequence[date], generation: int) -> None:
    """Replace the weeks, months and years that contain these days by the sums of what lies below them."""
    for grain, source in FOLDED_FROM:
        buckets = buckets_of(list(days), grain)
        _delete(dataset, grain, [bucket.start for bucket in buckets])
        _insert(dataset, grain, packed_groups(folded(dataset, buckets, source)), generation)


def folded(dataset: Dataset, buckets: Sequence[Bucket], source: Grain) -> Entries:
    """Return the sums of the summaries of a smaller grain, by the number of the bucket's first day, with ALL_GROUPS."""
    merged = entries_of(_all_blocks(dataset, _under(buckets, source))).merged(by_group=True)
    return replace(merged, part=np.array([day_number(bucket.start) for bucket in buckets], np.int64)[merged.part])


def _under(buckets: Sequence[Bucket], source: Grain) -> tuple[tuple[int, Bucket], ...]:
    return tuple(
        (place, Bucket(source, day))
        for place, bucket in enumerate(buckets)
        for day in bucket.span
        if floor(day, source) == day
    )


def _delete(dataset: Dataset, grain: Grain, starts: Sequence[date]) -> None:
    sql = f"DELETE FROM {dataset.summaries} WHERE grain = %s AND start = %s"
    database.execute_many(sql, [(grain.value, start) for start in starts])


def _insert(dataset: Dataset, grain: Grain, several: Iterable[PackedGroup], generation: int) -> None:
    if database.on_postgres():
        database.copy_in(dataset.summaries, COLUMNS, (_record(grain, row, generation) for row in several))
        return
    marks = ", ".join(["%s"] * len(COLUMNS))
    values = (_values(grain, row, generation) for row in several)
    database.execute_many(f"INSERT INTO {dataset.summaries} ({', '.join(COLUMNS)}) VALUES ({marks})", values)


def _values(grain: Grain, row: PackedGroup, generation: int) -> tuple[object, ...]:
    (day, group), total, distinct, (layout, ids, weights) = row
    start = CALENDAR_START + timedelta(days=day)
    return (grain.value, start, group, total, distinct, layout, generation, ids, weights)


COPY_RECORD = struct.Struct(">h ihiiiqiqiiihiq i")


def _record(grain: Grain, row: PackedGroup, generation: int) -> bytes:
    (day, group), total, distinct, (layout, ids, weights) = row
    plain = (
        2,
        grain.value,
        4,
        day - database.POSTGRES_EPOCH_DAY,
        8,
        group,
        8,
        total,
        4,
        distinct,
        2,
        layout,
        8,
        generation,
    )
    return b"".join((COPY_RECORD.pack(len(COLUMNS), *plain, len(ids)), ids, len(weights).to_bytes(4), weights))


def has_member(dataset: Dataset, member: int) -> bool:
    """Return whether a summary counts this member. If one does, that of a whole year does."""
    sql = f"SELECT layout, ids FROM {dataset.summaries} WHERE grain = %s AND group_id = %s"
    found = database.rows(sql, [Grain.YEAR.value, ALL_GROUPS])
    return any(member in Packed(layout, bytes(ids), b"").id_array() for layout, ids in found)


def rows_with_ids(dataset: Dataset, bucket: Bucket) -> list[tuple[Identity, list[int]]]:
    """Return the rows of one bucket with their members, with ALL_GROUPS."""
    columns = "grain, start, group_id, generation, layout, ids"
    sql = f"SELECT {columns} FROM {dataset.summaries} WHERE grain = %s AND start = %s"
    return [
        (Identity(grain, str(start), group, born), Packed(layout, bytes(ids), b"").id_array().tolist())
        for grain, start, group, born, layout, ids in database.rows(sql, [bucket.grain.value, bucket.start])
    ]


def identities(dataset: Dataset, read: SummaryRead) -> list[tuple[int, Identity, int]]:
    """Return the part, identity and total of the rows of a read, without their arrays."""
    if database.on_postgres():
        wanted, params = "unnest(%s::int[], %s::int[], %s::date[]) AS wanted (part, grain, start)", _columns(read)
        same = "s.grain = wanted.grain AND s.start = wanted.start"
    else:
        wanted, params = "json_each(%s) AS wanted", [_as_json(read)]
        same = "s.grain = json_extract(wanted.value, '$[1]') AND s.start = json_extract(wanted.value, '$[2]')"
    part = "wanted.part" if database.on_postgres() else "json_extract(wanted.value, '$[0]')"
    groups = "group_id >= 0" if read.groups is None else f"group_id IN ({_numbers(read.groups)})"
    found = database.rows(
        f"""SELECT {part}, s.grain, s.start, group_id, generation, total
            FROM {wanted} JOIN {dataset.summaries} AS s ON {same} AND {groups}""",
        params,
    )
    return [
        (part, Identity(grain, str(start), group, born), weights) for part, grain, start, group, born, weights in found
    ]


def _numbers(values: Sequence[int]) -> str:
    return ", ".join(str(int(value)) for value in values)
