"""Columns of weights by part, group and member: the arithmetic of `Counts` over many groups, without a loop over
entries."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tally.counts import MAX_SLOTS_PER_KEY, Ints, Mask, sum_by

UNKNOWN_GROUP = 0
"""The group of a fact whose group is unknown. It is a group of its own, never NULL."""
ALL_GROUPS = -1
"""All groups together."""
MAX_KEY = 2**63 - 1
KEYS_PER_LOOK_UP = 8
"""One in so many dense keys must be looked up for a table of all to be worth making."""


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
            keys = keys * size
            # In place: a temporary column of ten million integers takes longer than its arithmetic.
            keys += column
            keys -= low

    def split(keys: Ints) -> list[Ints]:
        found = []
        for low, size in zip(reversed(lows), reversed(sizes), strict=True):
            if size > 1:
                quotients = keys // size  # and the rest by hand: numpy's divmod takes seven times as long
                found.append(keys - quotients * size + low)
                keys = quotients
            else:
                found.append(constant_column(low, keys.size))
        return found[::-1]

    return keys, split


def _combine_ranks(columns: Sequence[Ints]) -> tuple[Ints, Callable[[Ints], list[Ints]]]:
    """Combine columns whose ranges are too large for one integer, by the ranks of their values."""
    uniques = [np.unique(column, return_inverse=True) for column in columns]
    keys, split = combine_columns([inverse.astype(np.int64) for _, inverse in uniques])
    return keys, lambda keys: [values[rank] for (values, _), rank in zip(uniques, split(keys), strict=True)]


def constant_column(value: int, size: int) -> Ints:
    return np.broadcast_to(np.int64(value), size)


def looked_up(keys: Ints, values: Ints, wanted: Ints) -> Ints:
    """Return the value of each wanted key, 0 for a missing one. The keys ascend.

    >>> looked_up(np.array([2, 5]), np.array([20, 50]), np.array([5, 3])).tolist()
    [50, 0]
    """
    if not keys.size:
        return np.zeros(wanted.size, np.int64)
    first, last = int(keys[0]), int(keys[-1])
    are_many = wanted.size * KEYS_PER_LOOK_UP >= keys.size
    if are_many and first >= 0 <= int(wanted.min(initial=0)) and last < MAX_SLOTS_PER_KEY * keys.size:
        table = np.zeros(last + 2, np.int64)  # the last one stands for all larger keys
        table[keys] = values
        return table.take(wanted, mode="clip")
    places = np.minimum(np.searchsorted(keys, wanted), keys.size - 1)
    return np.where(keys[places] == wanted, values[places], 0)


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
