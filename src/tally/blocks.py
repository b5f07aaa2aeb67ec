"""Many packed counts at once: the same arithmetic as `Counts`, over thousands of rows without a loop over entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

import numpy as np

from tally.counts import Ints, Packed, Mask, WIDTHS, layout_of, sum_by, widths_of

UNKNOWN = 0
"""The country of a view nobody could place. A country of its own, never NULL."""
ALL = -1
"""All countries together."""
LARGEST_KEY = 2**63 - 1


class Block(NamedTuple):
    """What was read for one part of a question (a period, or a bucket to fold) and one country.

    `ids` and `views` are the arrays of one or more buckets, one after the other, so an id may stand there repeatedly;
    either is empty when the question did not need it. `total` is the sum of views, `unique` that of distinct blogs.
    """

    part: int
    country: int
    layout: int
    total: int
    unique: int
    ids: bytes
    views: bytes


class Row(NamedTuple):
    """One row to keep: the packed counts of one group, with its totals."""

    group: tuple[int, ...]
    total: int
    unique: int
    packed: Packed


@dataclass(frozen=True, slots=True)
class Entries:
    """Aligned columns: in this part and country, this blog had so many views. Not merged, in no order."""

    part: Ints
    country: Ints
    ids: Ints
    views: Ints

    def where(self, mask: Mask) -> Entries:
        return Entries(self.part[mask], self.country[mask], self.ids[mask], self.views[mask])

    def merged(self, *, by_country: bool) -> Entries:
        """Sorted by part, country and blog, each once. Without `by_country` the countries are added up as ALL."""
        columns = (self.part, self.country, self.ids) if by_country else (self.part, self.ids)
        keys, split = combine(columns)
        keys, views = sum_by(keys, self.views)
        part, *country, ids = split(keys)
        return Entries(part, country[0] if by_country else np.full_like(ids, ALL), ids, views)


def joined(several: Sequence[Entries]) -> Entries:
    if not several:
        nothing = np.zeros(0, np.int64)
        return Entries(nothing, nothing, nothing, nothing)
    return Entries(*(np.concatenate([getattr(each, name) for each in several]) for name in Entries.__slots__))


def combine(columns: Sequence[Ints]) -> tuple[Ints, Callable[[Ints], list[Ints]]]:
    """Columns of non-negative integers as one column that sorts the same way, and the way back.

    >>> keys, split = combine([np.array([1, 0]), np.array([5, 7])])
    >>> keys, split(keys)
    (array([13,  7]), [array([1, 0]), array([5, 7])])
    """
    sizes = [int(column.max(initial=0)) + 1 for column in columns]
    if _product(sizes) > LARGEST_KEY:
        return _combine_ranks(columns)
    keys = columns[0]
    for column, size in zip(columns[1:], sizes[1:], strict=True):
        keys = keys * size + column

    def split(keys: Ints) -> list[Ints]:
        found = []
        for size in reversed(sizes[1:]):
            keys, low = np.divmod(keys, size)
            found.append(low)
        return [keys, *reversed(found)]

    return keys, split


def _combine_ranks(columns: Sequence[Ints]) -> tuple[Ints, Callable[[Ints], list[Ints]]]:
    """As `combine`, for ids so large that their product does not fit: by their ranks, which do."""
    uniques = [np.unique(column, return_inverse=True) for column in columns]
    keys, split = combine([inverse.astype(np.int64) for _, inverse in uniques])
    return keys, lambda keys: [values[rank] for (values, _), rank in zip(uniques, split(keys), strict=True)]


def _product(sizes: Iterable[int]) -> int:
    product = 1
    for size in sizes:
        product *= size
    return product


def spread(blocks: Sequence[Block]) -> Entries:
    """The entries of blocks. A block read without views counts each of its ids once."""
    ordered = sorted(blocks, key=lambda block: block.layout)
    return joined(
        [_spread(layout, list(same)) for layout, same in groupby(ordered, key=lambda block: block.layout)]
    )


def _spread(layout: int, blocks: list[Block]) -> Entries:
    packed = Packed(
        layout, b"".join(block.ids for block in blocks), b"".join(block.views for block in blocks)
    )
    ids = packed.blog_ids()
    width = widths_of(layout)[0].itemsize
    lengths = np.fromiter((len(block.ids) // width for block in blocks), np.int64, len(blocks))
    part = np.repeat(np.fromiter((block.part for block in blocks), np.int64, len(blocks)), lengths)
    country = np.repeat(np.fromiter((block.country for block in blocks), np.int64, len(blocks)), lengths)
    return Entries(part, country, ids, packed.weights() if packed.views else np.ones_like(ids))


def rows(entries: Entries) -> Iterator[Row]:
    """Merged entries as rows to keep, one for each part and country, each packed as narrowly as it can be."""
    if not entries.ids.size:
        return
    new = (entries.part[1:] != entries.part[:-1]) | (entries.country[1:] != entries.country[:-1])
    starts = np.flatnonzero(np.concatenate(([True], new)))
    ends = np.append(starts[1:], entries.ids.size)
    totals = np.add.reduceat(entries.views, starts).tolist()
    largest = np.maximum.reduceat(entries.ids, starts).tolist()
    most = np.maximum.reduceat(entries.views, starts).tolist()
    ids, views = _Narrow(entries.ids), _Narrow(entries.views)
    groups = zip(entries.part[starts].tolist(), entries.country[starts].tolist(), strict=True)
    edges = zip(starts.tolist(), ends.tolist(), strict=True)
    for group, (start, end), total, top, peak in zip(groups, edges, totals, largest, most, strict=True):
        layout = layout_of(top, peak)
        packed = Packed(layout, ids.slice(layout >> 4 & 15, start, end), views.slice(layout & 15, start, end))
        yield Row(group, total, end - start, packed)


class _Narrow:
    """One column at each width it is asked for, converted once."""

    def __init__(self, column: Ints) -> None:
        self.column = column
        self.buffers: dict[int, bytes] = {}

    def slice(self, width: int, start: int, end: int) -> bytes:
        size = WIDTHS[width].itemsize
        if width not in self.buffers:
            self.buffers[width] = self.column.astype(WIDTHS[width]).tobytes()
        return self.buffers[width][start * size : end * size]
