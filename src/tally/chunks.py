"""Chunks: what a summary holds of one bucket, the counts of all its groups one after the other.

A chunk has a directory (its groups in ascending order; for each the total and the number of entries) and two columns,
the ids and the weights of all groups. A question about every group reads one chunk a bucket; a question about one group
reads a slice of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tally.columns import Entries, combine_columns, concatenated, constant_column
from tally.counts import INTEGER_TYPES, Counts, Ints, Mask, Packed, int_array, layout_of, sum_by, types_of
from tally.errors import CorruptCounts

Unsigned: TypeAlias = NDArray[np.unsignedinteger[Any]]
IdFilter: TypeAlias = Callable[[Unsigned], Mask]

MAX_SLOTS_PER_ENTRY = 64
MAX_SLOTS = 2**26
"""Distinct members are counted in a table of all keys and ids, one byte each, unless it has more slots than this, or
more than MAX_SLOTS_PER_ENTRY for each entry."""
SLOTS_PER_WORD_BITS = 3
"""The table is counted eight slots at a time."""


class Directory(NamedTuple):
    """What a chunk says of each of its groups, in ascending order of these: the total, and the place behind its last
    entry."""

    groups: Ints
    totals: Ints
    ends: Ints


class StoredChunk(NamedTuple):
    """A chunk as it is stored. `part` is the day that its bucket begins with, as its number since 1970, or the part of
    an answer that it is read for."""

    part: int
    directory: Directory
    packed: Packed

    def read(self) -> Chunk:
        """Return the chunk to count with. Raise CorruptCounts unless its columns are as long as its directory says.
        Columns that were not fetched are empty."""
        id_type, weight_type = types_of(self.packed.layout)
        groups, totals, ends = self.directory
        if not groups.size == totals.size == ends.size:
            raise CorruptCounts(f"{groups.size} groups with {totals.size} totals and {ends.size} ends")
        size = int(ends[-1]) if ends.size else 0
        ids, weights = _column(self.packed.ids, id_type, size), _column(self.packed.weights, weight_type, size)
        return Chunk(self.part, groups, totals, np.diff(ends, prepend=0), ids, weights)


def _column(data: bytes, width: np.dtype[Any], size: int) -> Unsigned:
    if data and len(data) != size * width.itemsize:
        raise CorruptCounts(f"{len(data)} bytes are not {size} integers of {width.itemsize} bytes")
    return np.frombuffer(data, width)


class Chunk(NamedTuple):
    """What was read of a chunk for one part of an answer, such as a period. `sizes` are the numbers of entries, which
    are the distinct members of each group. `weights`, or both columns, are empty if the plan did not ask for them."""

    part: int
    groups: Ints
    totals: Ints
    sizes: Ints
    ids: Unsigned
    weights: Unsigned

    def only(self, group: int) -> Chunk:
        """Return the chunk with this group alone, if it has it."""
        place = int(np.searchsorted(self.groups, group))
        return self._slice(place, place + int(group in self.groups[place : place + 1]))

    def within(self, groups: Sequence[int]) -> Chunk:
        """Return the chunk with these groups alone."""
        return self._where(np.isin(self.groups, int_array(groups)))

    def without(self, groups: Sequence[int]) -> Chunk:
        """Return the chunk without these groups."""
        return self._where(~np.isin(self.groups, int_array(groups)))

    def _where(self, kept: Mask) -> Chunk:
        if kept.all():
            return self
        entries = np.repeat(kept, self.sizes)
        ids, weights = (column[entries] if column.size else column for column in (self.ids, self.weights))
        return Chunk(self.part, self.groups[kept], self.totals[kept], self.sizes[kept], ids, weights)

    @property
    def counts(self) -> Counts:
        """The counts of a chunk with one group."""
        return Counts(self.ids.astype(np.int64), self.weights.astype(np.int64))

    def _slice(self, first: int, last: int) -> Chunk:
        start, end = int(self.sizes[:first].sum()), int(self.sizes[:last].sum())
        groups, totals, sizes = (column[first:last] for column in (self.groups, self.totals, self.sizes))
        return Chunk(self.part, groups, totals, sizes, self.ids[start:end], self.weights[start:end])


def estimate(part: int, group: int, total: int, distinct: int) -> Chunk:
    """Return a chunk of one group whose distinct members were estimated: it has no entries."""
    nothing = np.zeros(0, INTEGER_TYPES[0])
    return Chunk(part, int_array([group]), int_array([total]), int_array([distinct]), nothing, nothing)


def stored_chunks(entries: Entries) -> Iterator[StoredChunk]:
    """Yield a chunk for each part of merged entries, its columns as narrow as its largest values allow."""
    if not entries.ids.size:
        return
    part_starts = _starts(entries.part)
    for start, end in zip(part_starts.tolist(), [*part_starts[1:].tolist(), entries.ids.size], strict=True):
        group, ids, weights = (column[start:end] for column in (entries.group, entries.ids, entries.weights))
        starts = _starts(group)
        layout = layout_of(int(ids.max()), int(weights.max()))
        id_type, weight_type = types_of(layout)
        packed = Packed(layout, ids.astype(id_type).tobytes(), weights.astype(weight_type).tobytes())
        directory = Directory(group[starts], np.add.reduceat(weights, starts), np.append(starts[1:], ids.size))
        yield StoredChunk(int(entries.part[start]), directory, packed)


def _starts(column: NDArray[Any]) -> Ints:
    """Return the places at which a new value begins."""
    return np.flatnonzero(np.concatenate(([True], column[1:] != column[:-1])))


def entries_of(chunks: Sequence[Chunk], accept: IdFilter | None = None) -> Entries:
    """Return the entries whose ids `accept` accepts. In a chunk that was read without weights, each id counts once."""
    return concatenated([_entries_of_chunk(chunk, accept) for chunk in chunks])


def _entries_of_chunk(chunk: Chunk, accept: IdFilter | None) -> Entries:
    """Filter a chunk while its integers are narrow, and widen what is left."""
    ids, weights, sizes = chunk.ids, chunk.weights, chunk.sizes
    if accept is not None:
        kept = np.flatnonzero(accept(ids))
        ids, weights = ids[kept], weights[kept] if weights.size else weights
        sizes = np.diff(np.searchsorted(kept, np.cumsum(sizes)), prepend=0)
    wide = weights.astype(np.int64) if weights.size else np.ones(ids.size, np.int64)
    return Entries(constant_column(chunk.part, ids.size), np.repeat(chunk.groups, sizes), ids.astype(np.int64), wide)


class KeyTotals(NamedTuple):
    """By key, aligned: the total and the number of distinct members."""

    keys: Ints
    totals: Ints
    distinct: Ints


def totals_by_key(chunks: Sequence[Chunk], keys: Sequence[Ints]) -> KeyTotals:
    """Return the totals under each key, where `keys` has one key for each group of each chunk.

    A key that occurs once has its distinct members in the directory. For others, chunks must have been read with ids.
    """
    names, ranks = np.unique(np.concatenate([np.zeros(0, np.int64), *keys]), return_inverse=True)
    sizes, totals = (
        np.concatenate([np.zeros(0, np.int64), *columns])
        for columns in ([chunk.sizes for chunk in chunks], [chunk.totals for chunk in chunks])
    )
    if not names.size:
        return KeyTotals(names, names, names)
    repeated = np.bincount(ranks) > 1
    distinct, (_, summed) = sum_by(ranks, sizes)[1], sum_by(ranks, totals)
    if repeated.any():
        ranks_of_chunks = np.split(ranks, np.cumsum([key.size for key in keys])[:-1])
        several = [(chunk, own) for chunk, own in zip(chunks, ranks_of_chunks, strict=True) if repeated[own].any()]
        distinct = np.where(repeated, _distinct(several, names.size), distinct)
    return KeyTotals(names, summed, distinct)


def _distinct(several: Sequence[tuple[Chunk, Ints]], count: int) -> Ints:
    """Return the number of distinct ids under each of `count` ranks. Each chunk comes with the ranks of its groups."""
    largest = max(int(chunk.ids.max(initial=0)) for chunk, _ in several)
    bits = max(largest.bit_length(), SLOTS_PER_WORD_BITS)
    slots, entries = count << bits, sum(chunk.ids.size for chunk, _ in several)
    if slots <= min(MAX_SLOTS, MAX_SLOTS_PER_ENTRY * entries):
        return _distinct_in_table(several, count, bits)
    ranks = np.concatenate([np.repeat(own, chunk.sizes) for chunk, own in several])
    ids = np.concatenate([chunk.ids.astype(np.int64) for chunk, _ in several])
    pairs, split = combine_columns((ranks, ids))
    ordered = np.sort(pairs.astype(np.uint32) if slots < 2**32 else pairs)
    found, _ = split(ordered[_starts(ordered)].astype(np.int64))
    return np.bincount(found, minlength=count)


def _distinct_in_table(several: Sequence[tuple[Chunk, Ints]], count: int, bits: int) -> Ints:
    seen = np.zeros(count << bits, np.bool_)
    for chunk, own in several:
        seen[np.repeat(own << bits, chunk.sizes) | chunk.ids] = True
    words = seen.view(np.uint64).reshape(count, -1)
    counted: Ints = np.bitwise_count(words).sum(axis=1, dtype=np.int64)
    return counted
