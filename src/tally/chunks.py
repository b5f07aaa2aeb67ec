"""Chunks: what a summary holds of one bucket, the counts of all its groups one after the other.

A chunk has a directory (its groups in ascending order; for each the total and the number of entries) and two columns,
the ids and the weights of all groups. A question about every group reads one chunk a bucket; a question about one group
reads a slice of it. What was read becomes a `Block`, so that the arithmetic has no loop over buckets or groups.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tally.columns import Entries, combine_columns, constant_column
from tally.counts import (
    ENTRIES_AT_ONCE,
    INTEGER_TYPES,
    Counts,
    Ints,
    Mask,
    Packed,
    RawBytes,
    int_array,
    layout_of,
    starts_of,
    sum_by,
    types_of,
)
from tally.errors import CorruptCounts

Unsigned: TypeAlias = NDArray[np.unsignedinteger[Any]]
IdFilter: TypeAlias = Callable[[Unsigned], Mask]

MAX_SLOTS_PER_ENTRY = 64
MAX_SLOTS = 2**22
"""Distinct members are counted in tables of keys and ids, one byte each, of at most so many slots, which the
processor's cache holds; unless they had more than MAX_SLOTS_PER_ENTRY for each entry."""
MIN_RUN = 64
"""The mean length of runs from which copying them is faster than choosing entry by entry."""
SLOTS_PER_WORD_BITS = 3
"""The table is counted eight slots at a time."""


class Directory(NamedTuple):
    """What a chunk says of each of its groups, in ascending order of these: the total, and the place behind its last
    entry."""

    groups: Ints
    totals: Ints
    ends: Ints


class GroupSlice(NamedTuple):
    """One group that was cut out of a chunk: its total, and its number of entries."""

    part: int
    group: int
    total: int
    size: int
    packed: Packed


class StoredChunk(NamedTuple):
    """A chunk as it is stored. `part` is the day that its bucket begins with, as its number since 1970, or the part of
    an answer that it is read for."""

    part: int
    directory: Directory
    packed: Packed


def stored_chunks(entries: Entries) -> Iterator[StoredChunk]:
    """Yield a chunk for each part of merged entries, its columns as narrow as its largest values allow."""
    if not entries.ids.size:
        return
    part_starts = starts_of(entries.part)
    for start, end in zip(part_starts.tolist(), [*part_starts[1:].tolist(), entries.ids.size], strict=True):
        group, ids, weights = (column[start:end] for column in (entries.group, entries.ids, entries.weights))
        starts = starts_of(group)
        layout = layout_of(int(ids.max()), int(weights.max()))
        id_type, weight_type = types_of(layout)
        packed = Packed(layout, ids.astype(id_type).tobytes(), weights.astype(weight_type).tobytes())
        directory = Directory(group[starts], np.add.reduceat(weights, starts), np.append(starts[1:], ids.size))
        yield StoredChunk(int(entries.part[start]), directory, packed)


class Block(NamedTuple):
    """What was read for an answer. It has a row for each group of each chunk, in no order: the part of the answer, the
    group, its total, and its number of entries, which are its distinct members. `ids` and `weights` hold the entries
    of all rows one after the other. `weights`, or both, are empty if the plan did not ask for them."""

    parts: Ints
    groups: Ints
    totals: Ints
    sizes: Ints
    ids: Unsigned
    weights: Unsigned

    def where(self, rows: Mask) -> Block:
        """Return some of the rows with their entries."""
        if rows.all():
            return self
        parts, groups, totals, sizes = (column[rows] for column in self[:4])
        if not self.ids.size:
            return Block(parts, groups, totals, sizes, self.ids, self.weights)
        cut = _cutter(rows, self.sizes)
        weights = cut(self.weights) if self.weights.size else self.weights
        return Block(parts, groups, totals, sizes, cut(self.ids), weights)

    def only(self, groups: Sequence[int]) -> Block:
        """Return the rows of these groups."""
        return self.where(np.isin(self.groups, int_array(groups)))

    def without(self, groups: Sequence[int]) -> Block:
        """Return the rows of all other groups."""
        return self.where(~np.isin(self.groups, int_array(groups))) if groups else self

    def counts(self) -> Counts:
        """Return the weights of members over all rows."""
        return Counts.summed(self.ids.astype(np.int64), self.weights.astype(np.int64))


def _cutter(rows: Mask, sizes: Ints) -> Callable[[Unsigned], Unsigned]:
    """Return a function that cuts the entries of some rows out of a column. To copy long runs takes a fraction of the
    time of choosing entry by entry."""
    ends = np.concatenate(([0], np.cumsum(sizes)))
    runs = ends[np.flatnonzero(np.diff(rows.view(np.int8), prepend=0, append=0))].reshape(-1, 2).tolist()
    if len(runs) * MIN_RUN > ends[-1]:
        chosen = np.repeat(rows, sizes)
        return lambda column: column[chosen]
    return lambda column: np.concatenate([column[:0], *(column[start:end] for start, end in runs)])


def empty_block() -> Block:
    nothing, narrow = np.zeros(0, np.int64), np.zeros(0, INTEGER_TYPES[0])
    return Block(nothing, nothing, nothing, nothing, narrow, narrow)


def block_of_chunks(chunks: Sequence[StoredChunk]) -> Block:
    """Return the groups of whole chunks. Raise CorruptCounts if a column is not as long as its directory says."""
    if not chunks:
        return empty_block()
    ordered = sorted(chunks, key=lambda chunk: chunk.packed.layout)
    lengths = int_array(_length(chunk.directory) for chunk in ordered)
    groups, totals, ends = (
        np.concatenate(columns).astype(np.int64) for columns in zip(*(each.directory for each in ordered), strict=True)
    )
    sizes, last = ends.copy(), np.cumsum(lengths) - 1
    sizes[1:] -= ends[:-1]
    sizes[last - lengths + 1] = ends[last - lengths + 1]
    ids, weights = _joined([chunk.packed for chunk in ordered], ends[last].tolist())
    return Block(np.repeat(int_array(chunk.part for chunk in ordered), lengths), groups, totals, sizes, ids, weights)


def _length(directory: Directory) -> int:
    groups, totals, ends = directory
    if not 0 < groups.size == totals.size == ends.size:
        raise CorruptCounts(f"{groups.size} groups with {totals.size} totals and {ends.size} ends")
    return groups.size


def block_of_slices(found: Sequence[GroupSlice]) -> Block:
    """Return single groups that were cut out of chunks. Raise CorruptCounts like `block_of_chunks`."""
    if not found:
        return empty_block()
    ordered = sorted(found, key=lambda each: each.packed.layout)
    columns = zip(*((each.part, each.group, each.total, each.size) for each in ordered), strict=True)
    parts, groups, totals, sizes = map(int_array, columns)
    return Block(parts, groups, totals, sizes, *_joined([each.packed for each in ordered], sizes.tolist()))


def _joined(several: Sequence[Packed], sizes: Sequence[int]) -> tuple[Unsigned, Unsigned]:
    """Return the ids and the weights of packed counts, which are sorted by layout, as two columns."""
    found = []
    for layout, same in groupby(zip(several, sizes, strict=True), key=lambda pair: pair[0].layout):
        pairs, types = list(same), types_of(layout)
        columns = zip(*((packed.ids, packed.weights) for packed, _ in pairs), strict=True)
        sized = [size for _, size in pairs]
        found.append([_column(pieces, type_, sized) for pieces, type_ in zip(columns, types, strict=True)])
    ids, weights = (_concatenated(list(columns)) for columns in zip(*found, strict=True))
    return ids, weights


def _column(pieces: Sequence[RawBytes], width: np.dtype[Any], sizes: Sequence[int]) -> Unsigned:
    for piece, size in zip(pieces, sizes, strict=True):
        if piece and len(piece) != size * width.itemsize:
            raise CorruptCounts(f"{len(piece)} bytes are not {size} integers of {width.itemsize} bytes")
    return np.frombuffer(b"".join(pieces), width)


def _concatenated(columns: list[Any]) -> Any:
    return columns[0] if len(columns) == 1 else np.concatenate(columns)


def stacked(blocks: Sequence[Block]) -> Block:
    """Return the rows of several blocks, of which as much was read."""
    several = [block for block in blocks if block.groups.size]
    if len(several) <= 1:
        return several[0] if several else empty_block()
    return Block(*map(_concatenated, map(list, zip(*several, strict=True))))


def estimate(part: int, group: int, total: int, distinct: int) -> Block:
    """Return a block of one group whose distinct members were estimated: it has no entries."""
    parts, groups, totals, sizes = (int_array([value]) for value in (part, group, total, distinct))
    return empty_block()._replace(parts=parts, groups=groups, totals=totals, sizes=sizes)


def entries_of(block: Block, accept: IdFilter | None = None) -> Entries:
    """Return the entries whose ids `accept` accepts. In a block that was read without weights, each id counts once.
    Entries are filtered while their integers are narrow, and what is left is widened."""
    ids, weights, sizes = block.ids, block.weights, block.sizes
    if accept is not None:
        kept = np.flatnonzero(accept(ids))
        ids, weights = ids[kept], weights[kept] if weights.size else weights
        sizes = np.diff(np.searchsorted(kept, np.cumsum(sizes)), prepend=0)
    wide = weights.astype(np.int64) if weights.size else np.ones(ids.size, np.int64)
    return Entries(_repeat(block.parts, sizes), _repeat(block.groups, sizes), ids.astype(np.int64), wide)


def _repeat(values: Ints, sizes: Ints) -> Ints:
    """Repeat each value by its size. A single value becomes a broadcast column that takes no memory."""
    if values.size and (values == values[0]).all():
        return constant_column(int(values[0]), int(sizes.sum()))
    return np.repeat(values, sizes)


class KeyTotals(NamedTuple):
    """By key, aligned: the total and the number of distinct members."""

    keys: Ints
    totals: Ints
    distinct: Ints


def totals_by_key(block: Block, keys: Ints) -> KeyTotals:
    """Return the totals under each key, where `keys` has one key for each row of the block.

    A key that occurs once has its distinct members in its row. For the others, the block must have been read with ids.
    """
    if not keys.size:
        return KeyTotals(keys, keys, keys)
    names, ranks = np.unique(keys, return_inverse=True)
    (_, totals), (_, distinct) = sum_by(ranks, block.totals), sum_by(ranks, block.sizes)
    repeated = np.bincount(ranks) > 1
    if repeated.any():
        rows = repeated[ranks]
        distinct = np.where(repeated, _distinct(block.where(rows), ranks[rows], names.size), distinct)
    return KeyTotals(names, totals, distinct)


def _runs_of_rows(sizes: Ints) -> Iterator[tuple[slice, slice]]:
    """Yield all rows, and their entries, in runs of about ENTRIES_AT_ONCE entries."""
    if not sizes.size:
        return
    ends = np.cumsum(sizes)
    limits = np.arange(ENTRIES_AT_ONCE, ends[-1] + ENTRIES_AT_ONCE, ENTRIES_AT_ONCE)
    cuts = np.unique(np.searchsorted(ends, limits, side="right").clip(1)).tolist()
    row = entry = 0
    for cut in cuts:
        yield slice(row, cut), slice(entry, end := int(ends[cut - 1]))
        row, entry = cut, end


def _counted_in_table(block: Block, ranks: Ints, count: int, bits: int) -> Ints:
    """Return the number of distinct ids under each rank, for ids of at most so many bits, from one table."""
    seen = np.zeros(count << bits, np.bool_)
    for rows, entries in _runs_of_rows(block.sizes):
        places = np.repeat(ranks[rows] << bits, block.sizes[rows])
        places |= block.ids[entries].astype(np.int64)  # numpy refuses int64 | uint64
        seen[places] = True
    counted: Ints = np.bitwise_count(seen.view(np.uint64).reshape(count, -1)).sum(axis=1, dtype=np.int64)
    return counted


def _distinct(block: Block, ranks: Ints, count: int) -> Ints:
    """Return the number of distinct ids under each of `count` ranks, where each row has a rank."""
    bits = max(int(block.ids.max(initial=0)).bit_length(), SLOTS_PER_WORD_BITS)
    slots = count << bits
    if slots <= MAX_SLOTS_PER_ENTRY * block.ids.size and 1 << bits <= MAX_SLOTS:
        at_once = MAX_SLOTS >> bits
        if count <= at_once:
            return _counted_in_table(block, ranks, count, bits)
        found = np.zeros(count, np.int64)
        for first in range(0, count, at_once):
            rows = (first <= ranks) & (ranks < first + at_once)
            some = found[first : first + at_once]
            some[:] = _counted_in_table(block.where(rows), ranks[rows] - first, some.size, bits)
        return found
    pairs, split = combine_columns((np.repeat(ranks, block.sizes), block.ids.astype(np.int64)))
    ordered = np.sort(pairs.astype(np.uint32) if slots < 2**32 else pairs)
    found, _ = split(ordered[starts_of(ordered)].astype(np.int64))
    return np.bincount(found, minlength=count)
