"""HyperLogLog registers by part and group: the arithmetic of distinct visitors over many groups, without a loop over
groups or entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tally.columns import ALL_GROUPS, combine_columns, constant_column
from tally.counts import Ints, Mask
from tally.hyperloglog import (
    MAX_VALUE,
    REGISTER_BITS,
    REGISTERS,
    RegisterNumbers,
    RegisterValues,
    estimates,
    register_numbers,
    register_values,
)

VALUE_BITS = 6
MAX_TABLE_SLOTS_PER_ENTRY = 2
"""Registers are united in a table of all registers of all groups, one byte each, while it has at most this many slots
for each entry. Beyond that, sorting them is faster."""
MAX_UNUSED_KEYS = 2**24
"""Keys are ranked in a table of all possible keys unless that many more are possible than there are."""


class KeyVisitors(NamedTuple):
    """By key, in ascending order: the estimated number of distinct visitors."""

    keys: Ints
    visitors: Ints


@dataclass(frozen=True, slots=True)
class RegisterEntries:
    """Aligned columns: the value of a register of a group in a part. A register that no entry names is 0. Rows may
    repeat and are in no order."""

    part: Ints
    group: Ints
    register: RegisterNumbers
    value: RegisterValues

    @classmethod
    def of_visitors(cls, part: Ints, group: Ints, visitors: Ints) -> RegisterEntries:
        """Return the merged registers of visitors. Each has a part and a group, and may repeat."""
        return cls(part, group, register_numbers(visitors), register_values(visitors)).merged()

    def where(self, mask: Mask) -> RegisterEntries:
        if mask.all():
            return self
        return RegisterEntries(self.part[mask], self.group[mask], self.register[mask], self.value[mask])

    def regrouped(self, part: Ints, group: Ints) -> RegisterEntries:
        """Return the merged registers of other parts and groups: those that the columns name for each entry."""
        return RegisterEntries(part, group, self.register, self.value).merged()

    def of_all_groups(self) -> RegisterEntries:
        """Return the merged registers of all groups together."""
        return self.regrouped(self.part, constant_column(ALL_GROUPS, self.part.size))

    def merged(self) -> RegisterEntries:
        """Return the entries sorted by part, group (ALL_GROUPS first) and register, each once, with its largest
        value."""
        keys, split = combine_columns((self.part, self.group))
        names, ranks = ranked(keys)
        part, group = split(names)
        slots, value = max_by(slots_of(ranks, self.register), self.value)
        ranks = slots >> REGISTER_BITS
        return RegisterEntries(part[ranks], group[ranks], (slots & (REGISTERS - 1)).astype(np.uint16), value)

    def visitors_by_key(self, keys: Ints) -> KeyVisitors:
        """Return the distinct visitors under each key, where `keys` has one key for each entry."""
        names, ranks = ranked(keys)
        return key_visitors(names, histograms_of(slots_of(ranks, self.register), self.value, count=names.size))


def concatenated_registers(several: Sequence[RegisterEntries]) -> RegisterEntries:
    found = [each for each in several if each.part.size]
    if len(found) == 1:
        return found[0]
    if not found:
        nothing = np.zeros(0, np.int64)
        return RegisterEntries(nothing, nothing, np.zeros(0, np.uint16), np.zeros(0, np.uint8))
    columns = ([getattr(each, name) for each in found] for name in RegisterEntries.__slots__)
    return RegisterEntries(*map(np.concatenate, columns))


def histograms_of(slots: Ints, values: RegisterValues, *, count: int) -> Ints:
    """Return the number of registers of each value, 0 to MAX_VALUE, of each of `count` ranks. Slots may repeat."""
    slots, value = max_by(slots, values)
    cells = (slots >> REGISTER_BITS << VALUE_BITS) | value
    histograms = np.bincount(cells, minlength=count << VALUE_BITS).reshape(count, 1 << VALUE_BITS)[:, : MAX_VALUE + 1]
    histograms[:, 0] = REGISTERS - histograms[:, 1:].sum(axis=1)
    return histograms


def key_visitors(names: Ints, histograms: Ints) -> KeyVisitors:
    return KeyVisitors(names, np.rint(estimates(histograms)).astype(np.int64))


def slots_of(ranks: Ints, register: RegisterNumbers) -> Ints:
    """Return the place of each register in a table of the registers of all ranks, one after the other."""
    slots = ranks << REGISTER_BITS
    slots |= register
    return slots


def max_by(keys: Ints, values: RegisterValues) -> tuple[Ints, RegisterValues]:
    """Return the distinct keys in ascending order and the largest value of each. Keys are not negative, values
    positive.

    >>> max_by(np.array([7, 2, 7]), np.array([1, 5, 3], np.uint8))
    (array([2, 7]), array([5, 3], dtype=uint8))
    """
    if (keys[1:] > keys[:-1]).all():
        return keys, values
    slots = int(keys.max()) + 1
    if slots <= MAX_TABLE_SLOTS_PER_ENTRY * keys.size:
        table = np.zeros(slots, np.uint8)
        np.maximum.at(table, keys, values)
        found = np.flatnonzero(table)
        return found, table[found]
    return _max_by_sorting(keys, values)


def _max_by_sorting(keys: Ints, values: RegisterValues) -> tuple[Ints, RegisterValues]:
    packed = keys << VALUE_BITS
    packed |= values
    packed.sort()
    is_last = np.ones(packed.size, np.bool_)
    keys = packed >> VALUE_BITS
    np.not_equal(keys[1:], keys[:-1], out=is_last[:-1])
    packed = packed[is_last]
    return packed >> VALUE_BITS, (packed & ((1 << VALUE_BITS) - 1)).astype(np.uint8)


def ranked(keys: Ints) -> tuple[Ints, Ints]:
    """Return the distinct keys in ascending order, and the place of each key among them.

    >>> ranked(np.array([70, 20, 70]))
    (array([20, 70]), array([1, 0, 1]))
    """
    low, high = int(keys.min(initial=0)), int(keys.max(initial=0))
    if high - low > keys.size + MAX_UNUSED_KEYS:
        names, ranks = np.unique(keys, return_inverse=True)
        return names, ranks.astype(np.int64)
    seen = np.zeros(high - low + 1, np.bool_)
    seen[keys - low] = True
    return np.flatnonzero(seen) + low, (np.cumsum(seen) - 1)[keys - low]
