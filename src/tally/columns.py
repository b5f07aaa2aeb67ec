"""Columns of many packed counts: the arithmetic of `Counts` over thousands of summary rows, without a loop over
entries."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tally.counts import INTEGER_TYPES, Ints, Mask, Packed, layouts_of, sum_by, types_of

IdFilter: TypeAlias = Callable[[NDArray[np.unsignedinteger[Any]]], Mask]

UNKNOWN_GROUP = 0
"""The group of a fact whose group is unknown. It is a group of its own, never NULL."""
ALL_GROUPS = -1
"""All groups together."""
MAX_KEY = 2**63 - 1


class Block(NamedTuple):
    """The bytes read for one part of an answer (such as a period) and one group.

    `ids` and `weights` are the arrays of one or more summary rows, one after the other, so an id may occur repeatedly.
    Either is empty if the plan did not ask for it. `total` is the sum of the rows' totals, `distinct` the sum of their
    distinct counts.
    """

    part: int
    group: int
    layout: int
    total: int
    distinct: int
    ids: bytes
    weights: bytes


class PackedGroup(NamedTuple):
    """One summary row to store: the packed counts of one group with its total and its number of distinct ids."""

    key: tuple[int, int]
    total: int
    distinct: int
    packed: Packed


@dataclass(frozen=True, slots=True)
class Entries:
    """Aligned columns: the weight of a member (`ids`) of a group in a part. Rows may repeat and are in no order."""

    part: Ints
    group: Ints
    ids: Ints
    weights: Ints

    def where(self, mask: Mask) -> Entries:
        return self if mask.all() else Entries(self.part[mask], self.group[mask], self.ids[mask], self.weights[mask])

    def merged(self, *, by_group: bool) -> Entries:
        """Return the entries sorted by part, group (ALL_GROUPS first) and id, each once. Without `by_group`, groups are
        added up as ALL_GROUPS."""
        if by_group:
            keys, split = combine_columns((self.part, self.group, self.ids))
        else:
            keys, split = combine_columns((self.part, self.ids))
        keys, weights = sum_by(keys, self.weights)
        part, *groups, ids = split(keys)
        return Entries(part, groups[0] if by_group else constant_column(ALL_GROUPS, ids.size), ids, weights)


def concatenated(several: Sequence[Entries]) -> Entries:
    if len(several) == 1:
        return several[0]
    if not several:
        nothing = np.zeros(0, np.int64)
        return Entries(nothing, nothing, nothing, nothing)
    return Entries(*(np.concatenate([getattr(each, name) for each in several]) for name in Entries.__slots__))


def combine_columns(columns: Sequence[Ints]) -> tuple[Ints, Callable[[Ints], list[Ints]]]:
    """Return several columns of integers as one column of non-negative integers that sorts the same way, and a function
    that splits it again.

    >>> keys, split = combine_columns([np.array([1, 0]), np.array([5, 7])])
    >>> keys, split(keys)
    (array([3, 2]), [array([1, 0]), array([5, 7])])
    """
    lows = [int(column.min(initial=MAX_KEY)) if column.size else 0 for column in columns]
    sizes = [int(column.max()) - low + 1 if column.size else 1 for column, low in zip(columns, lows, strict=True)]
    if math.prod(sizes) > MAX_KEY:
        return _combine_ranks(columns)
    keys: Ints = constant_column(0, columns[0].size)
    for column, low, size in zip(columns, lows, sizes, strict=True):
        if size > 1:
            keys = keys * size + (column - low)

    def split(keys: Ints) -> list[Ints]:
        found = []
        for low, size in zip(reversed(lows), reversed(sizes), strict=True):
            if size > 1:
                keys, rank = np.divmod(keys, size)
            found.append(rank + low if size > 1 else constant_column(low, keys.size))
        return found[::-1]

    return keys, split


def _combine_ranks(columns: Sequence[Ints]) -> tuple[Ints, Callable[[Ints], list[Ints]]]:
    """Combine columns whose ranges are too large for one integer, by the ranks of their values."""
    uniques = [np.unique(column, return_inverse=True) for column in columns]
    keys, split = combine_columns([inverse.astype(np.int64) for _, inverse in uniques])
    return keys, lambda keys: [values[rank] for (values, _), rank in zip(uniques, split(keys), strict=True)]


def entries_of(blocks: Sequence[Block], accept: IdFilter | None = None) -> Entries:
    """Return the entries of blocks whose ids `accept` accepts. In a block that was read without weights, each id counts
    once."""
    ordered = sorted(blocks, key=_layout_of_block)
    return concatenated(
        [_entries_of_one_layout(list(same), accept) for _, same in groupby(ordered, key=_layout_of_block)]
    )


def _layout_of_block(block: Block) -> tuple[int, bool]:
    return block.layout, bool(block.weights)


def _entries_of_one_layout(blocks: list[Block], accept: IdFilter | None) -> Entries:
    """Return the entries of blocks that share a layout. They are joined first, filtered while the integers are narrow,
    and only what is left is widened."""
    id_width, weight_width = types_of(blocks[0].layout)
    ids = np.frombuffer(b"".join(block.ids for block in blocks), id_width)
    weights = np.frombuffer(b"".join(block.weights for block in blocks), weight_width)
    ends = np.cumsum([len(block.ids) // id_width.itemsize for block in blocks])
    if accept is not None:
        kept = np.flatnonzero(accept(ids))
        ids, weights = ids[kept], weights[kept] if weights.size else weights
        ends = np.searchsorted(kept, ends)
    sizes = np.diff(ends, prepend=0)
    weights = weights.astype(np.int64) if weights.size else np.ones(ids.size, np.int64)
    part, groups = (_repeat(column, sizes) for column in zip(*((b.part, b.group) for b in blocks), strict=True))
    return Entries(part, groups, ids.astype(np.int64), weights)


def _repeat(values: Sequence[int], sizes: Ints) -> Ints:
    """Repeat each value by its size. A single value becomes a broadcast column that takes no memory."""
    if len(set(values)) == 1:
        return constant_column(values[0], int(sizes.sum()))
    return np.repeat(np.array(values, np.int64), sizes)


def constant_column(value: int, size: int) -> Ints:
    return np.broadcast_to(np.int64(value), size)


def group_keys(entries: Entries) -> list[tuple[int, int]]:
    """Return the pairs of part and group in merged entries, in order."""
    starts = _group_starts(entries)
    return list(zip(entries.part[starts].tolist(), entries.group[starts].tolist(), strict=True))


def _group_starts(entries: Entries) -> Ints:
    """Return the index at which each group of merged entries begins."""
    if not entries.ids.size:
        return np.zeros(0, np.int64)
    new = (entries.part[1:] != entries.part[:-1]) | (entries.group[1:] != entries.group[:-1])
    return np.flatnonzero(np.concatenate(([True], new)))


def packed_groups(entries: Entries) -> Iterator[PackedGroup]:
    """Yield a row to store for each part and group of merged entries, each packed as narrowly as possible."""
    starts = _group_starts(entries)
    if not starts.size:
        return
    edges = np.append(starts, entries.ids.size).tolist()
    totals = np.add.reduceat(entries.weights, starts).tolist()
    layouts = layouts_of(
        np.maximum.reduceat(entries.ids, starts), np.maximum.reduceat(entries.weights, starts)
    ).tolist()
    ids, weights = _PackedColumn(entries.ids), _PackedColumn(entries.weights)
    found = zip(group_keys(entries), edges[:-1], edges[1:], totals, layouts, strict=True)
    for group, start, end, total, layout in found:
        packed = Packed(layout, ids.slice(layout >> 4 & 15, start, end), weights.slice(layout & 15, start, end))
        yield PackedGroup(group, total, end - start, packed)


class _PackedColumn:
    """A column as bytes, converted once for each width that is used."""

    def __init__(self, column: Ints) -> None:
        self.column = column
        self.buffers: dict[int, bytes] = {}

    def slice(self, width: int, start: int, end: int) -> bytes:
        size = INTEGER_TYPES[width].itemsize
        if width not in self.buffers:
            self.buffers[width] = self.column.astype(INTEGER_TYPES[width]).tobytes()
        return self.buffers[width][start * size : end * size]
