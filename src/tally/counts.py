"""`Counts`: a weight for each member of a group, as two aligned arrays, and the bytes in which they are stored.

For example, the group is a country, the members are blogs, and a weight is a number of views; or the group is a kind of
event, and the members are sessions.

Counts can be added and subtracted exactly, so "all but Germany" is all minus Germany. Sums of daily distinct counts
cannot.

The bytes: `layout` holds the version and the widths; `ids` and `weights` are little-endian unsigned integers, each
array at the narrowest of 1, 2, 4 or 8 bytes that holds its largest value: `layout = version << 8 | log2(id width) << 4
| log2(weight width)`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tally.errors import CorruptCounts, NegativeCount

Ints: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]

LAYOUT_VERSION = 1
INTEGER_TYPES: tuple[np.dtype[Any], ...] = tuple(np.dtype(code) for code in ("<u1", "<u2", "<u4", "<u8"))
MAX_SLOTS_PER_KEY = 2
"""Summing in a table of all possible keys is faster than sorting while the table has at most this many slots for each
key."""
MAX_PACKED_BITS = 63
"""A key and its weight that fit one integer of this size are sorted together, in a fifth of the time of sorting one by
the other."""
NARROW_BITS = 32
ENTRIES_AT_ONCE = 2**15
"""Integers that index a table are widened some at a time: while the processor's cache holds them, that takes less than
half the time."""
MAX_EXACT_DOUBLE = 2**53
"""numpy's bincount adds weights as doubles, which are exact up to here."""


def int_array(values: Iterable[int]) -> Ints:
    return np.fromiter(values, dtype=np.int64)


def sum_by(keys: Ints, weights: Ints | None = None) -> tuple[Ints, Ints]:
    """Return the distinct keys in ascending order and the sum of the weights of each. Keys are not negative. Without
    weights, the sum is the number of occurrences.

    >>> sum_by(int_array([7, 2, 7]), int_array([1, 5, 3]))
    (array([2, 7]), array([5, 4]))
    >>> sum_by(int_array([7, 2, 7]))
    (array([2, 7]), array([1, 2]))
    """
    if not keys.size:
        return keys.astype(np.int64), np.zeros(0, np.int64)
    if int(keys.max()) < MAX_SLOTS_PER_KEY * keys.size and (
        weights is None or float(weights.sum(dtype=np.float64)) < MAX_EXACT_DOUBLE
    ):
        return _sum_dense(keys, weights)
    return _sum_sorted(keys, weights)


def _sum_dense(keys: Ints, weights: Ints | None) -> tuple[Ints, Ints]:
    sums = np.bincount(keys, weights)
    hidden = weights is not None and int(weights.min()) <= 0
    found = np.flatnonzero(_is_present(keys) if hidden else sums)
    return found, sums[found].astype(np.int64)


def _is_present(keys: Ints) -> Mask:
    seen = np.zeros(int(keys.max()) + 1, np.bool_)
    seen[keys] = True
    return seen


def _sum_sorted(keys: Ints, weights: Ints | None) -> tuple[Ints, Ints]:
    if weights is None:
        ordered = _narrowed(keys, int(keys.max()).bit_length())
        ordered.sort()
        starts = starts_of(ordered)
        return ordered[starts].astype(np.int64), np.append(starts[1:], ordered.size) - starts
    bits = int(weights.max()).bit_length()
    key_bits = int(keys.max()).bit_length()
    if int(weights.min()) < 0 or key_bits + bits > MAX_PACKED_BITS:
        order = np.argsort(keys, kind="stable")
        ordered, weights = keys[order], weights[order]
        starts = starts_of(ordered)
        return ordered[starts], np.add.reduceat(weights, starts)
    packed = _narrowed(keys << bits | weights, key_bits + bits)
    packed.sort()
    ordered = packed >> bits
    starts = starts_of(ordered)
    sums = np.add.reduceat(packed & ((1 << bits) - 1), starts, dtype=np.int64)
    return ordered[starts].astype(np.int64), sums


def _narrowed(values: Ints, bits: int) -> NDArray[Any]:
    """Return a copy of values of so many bits, in the narrower type that holds them: it is sorted in half the time."""
    return values.astype(np.uint32 if bits <= NARROW_BITS else np.int64)


def starts_of(column: NDArray[Any]) -> Ints:
    """Return the places at which a new value begins, in a column that is not empty.

    >>> starts_of(int_array([7, 7, 2])).tolist()
    [0, 2]
    """
    is_start = np.ones(column.size, np.bool_)
    np.not_equal(column[1:], column[:-1], out=is_start[1:])
    return np.flatnonzero(is_start)


def narrowest_type(largest: int) -> int:
    """Return the index into INTEGER_TYPES of the narrowest type that holds `largest`.

    >>> [narrowest_type(n) for n in (255, 256, 65_536, 2**32)]
    [0, 1, 2, 3]
    """
    return next(index for index, width in enumerate(INTEGER_TYPES) if largest < 1 << 8 * width.itemsize)


def layout_of(largest_id: int, largest_weight: int) -> int:
    return LAYOUT_VERSION << 8 | narrowest_type(largest_id) << 4 | narrowest_type(largest_weight)


def types_of(layout: int) -> tuple[np.dtype[Any], np.dtype[Any]]:
    """Return the types of the two arrays. Raise CorruptCounts if another version wrote them."""
    version, id_type, weight_type = layout >> 8, layout >> 4 & 15, layout & 15
    if version != LAYOUT_VERSION or max(id_type, weight_type) >= len(INTEGER_TYPES):
        raise CorruptCounts(f"layout {layout} is not one of version {LAYOUT_VERSION}")
    return INTEGER_TYPES[id_type], INTEGER_TYPES[weight_type]


RawBytes: TypeAlias = bytes | memoryview
"""Bytes, or a view of some of them."""


class Packed(NamedTuple):
    """Counts as they are stored."""

    layout: int
    ids: RawBytes
    weights: RawBytes

    def id_array(self) -> Ints:
        return _unpack(self.ids, types_of(self.layout)[0])

    def weight_array(self) -> Ints:
        return _unpack(self.weights, types_of(self.layout)[1])


def _unpack(data: RawBytes, width: np.dtype[Any]) -> Ints:
    if len(data) % width.itemsize:
        raise CorruptCounts(f"{len(data)} bytes are not a whole number of {width.itemsize}-byte integers")
    return np.frombuffer(data, width).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """The weights of members: `ids` ascending and without repetition, `weights` positive; both int64 and of the same
    length.

    >>> both = Counts.of([3, 1, 3]) + Counts.of([1])
    >>> both.ids.tolist(), both.weights.tolist(), both.total
    ([1, 3], [2, 2], 4)
    >>> both - Counts.of([1]) == Counts.of([3, 1, 3])
    True
    """

    ids: Ints
    weights: Ints

    @classmethod
    def of(cls, ids: Iterable[int], weights: Iterable[int] | None = None) -> Counts:
        """Create counts from ids in any order, repeated or not. Each occurrence counts once, or by its weight."""
        return cls.summed(int_array(ids), None if weights is None else int_array(weights))

    @classmethod
    def summed(cls, ids: Ints, weights: Ints | None) -> Counts:
        """Create counts from arrays, like `of`. Raise NegativeCount if a sum is negative; a sum of 0 is left out."""
        return cls(*sum_by(ids, weights))._positive()

    @classmethod
    def unpack(cls, packed: Packed) -> Counts:
        """Create counts from their bytes. Raise CorruptCounts unless both arrays are whole and equally long."""
        ids, weights = packed.id_array(), packed.weight_array()
        if ids.size != weights.size:
            raise CorruptCounts(f"{ids.size} ids with {weights.size} counts")
        return cls(ids, weights)

    def pack(self) -> Packed:
        layout = layout_of(int(self.ids.max(initial=0)), int(self.weights.max(initial=0)))
        id_type, weight_type = types_of(layout)
        return Packed(layout, self.ids.astype(id_type).tobytes(), self.weights.astype(weight_type).tobytes())

    @property
    def total(self) -> int:
        return int(self.weights.sum())

    def __len__(self) -> int:
        return self.ids.size

    def __add__(self, other: Counts) -> Counts:
        return _signed_sum(self, other, 1)

    def __sub__(self, other: Counts) -> Counts:
        """Subtract counts. Raise NegativeCount if `other` holds more of a member than this does."""
        return _signed_sum(self, other, -1)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Counts):
            return NotImplemented
        return np.array_equal(self.ids, other.ids) and np.array_equal(self.weights, other.weights)

    def only(self, ids: Iterable[int]) -> Counts:
        """Return the entries of these ids.

        >>> Counts.of([1, 2, 3]).only([3, 9]).ids.tolist()
        [3]
        """
        kept = np.isin(self.ids, int_array(ids))
        return Counts(self.ids[kept], self.weights[kept])

    def _positive(self) -> Counts:
        if self.weights.size and int(self.weights.min()) < 0:
            member = int(self.ids[self.weights.argmin()])
            raise NegativeCount(f"member {member} would have {int(self.weights.min())} as its weight")
        kept = self.weights > 0
        return self if kept.all() else Counts(self.ids[kept], self.weights[kept])


def _signed_sum(one: Counts, other: Counts, sign: int) -> Counts:
    return Counts.summed(np.concatenate((one.ids, other.ids)), np.concatenate((one.weights, sign * other.weights)))


NO_COUNTS = Counts(np.zeros(0, np.int64), np.zeros(0, np.int64))
