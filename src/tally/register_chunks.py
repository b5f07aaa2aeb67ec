"""Registers in chunks: a third packed column, with the registers of all groups of a bucket one after the other.

The registers of a group are 3 bytes for each that is not 0, while that is shorter than 4,096 bytes, one for each
register. The 3 bytes are the little-endian integer `register << 6 | value`, in ascending order. 4,096 is no multiple of
3, so the number of bytes says which of the two forms it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from tally.counts import Ints, Mask, RawBytes, int_array, starts_of
from tally.errors import CorruptCounts
from tally.hyperloglog import MAX_VALUE, REGISTER_BITS, REGISTERS, RegisterValues
from tally.registers import (
    VALUE_BITS,
    KeyVisitors,
    RegisterEntries,
    concatenated_registers,
    histograms_of,
    key_visitors,
    ranked,
    slots_of,
)

PAIR_BYTES = 3
PAIR_BITS = REGISTER_BITS + VALUE_BITS
DENSE_BYTES = REGISTERS
ROWS_AT_A_TIME = 4_096
DENSE_ROWS_AT_A_TIME = 64
"""So many rows are united, and dense ones counted, at a time: the integers that this takes stay few."""


class PackedRegisters(NamedTuple):
    """The registers of a part as they are stored: its groups in ascending order; for each the place behind its last
    byte; and the bytes of all."""

    part: int
    groups: Ints
    ends: Ints
    data: RawBytes


def packed_registers(entries: RegisterEntries) -> Iterator[PackedRegisters]:
    """Yield the packed registers of each part of merged entries."""
    if not entries.part.size:
        return
    part_starts = starts_of(entries.part)
    group_starts = np.union1d(part_starts, starts_of(entries.group))
    pairs = np.diff(group_starts, append=entries.part.size)
    sizes = np.minimum(pairs * PAIR_BYTES, DENSE_BYTES)
    ends = np.cumsum(sizes)
    data = _pack(entries, pairs, sizes)
    rows = np.searchsorted(group_starts, part_starts).tolist()
    for first, end in pairwise([*rows, sizes.size]):
        start = int(ends[first] - sizes[first])
        groups = entries.group[group_starts[first:end]]
        part = int(entries.part[group_starts[first]])
        yield PackedRegisters(part, groups, ends[first:end] - start, data[start : int(ends[end - 1])].tobytes())


def _pack(entries: RegisterEntries, pairs: Ints, sizes: Ints) -> NDArray[np.uint8]:
    """Return the bytes of all groups. `pairs` and `sizes` are the number of entries and of bytes of each."""
    is_dense = sizes == DENSE_BYTES
    rows = np.repeat(np.arange(is_dense.sum()), pairs[is_dense])
    table = np.zeros(int(is_dense.sum()) * REGISTERS, np.uint8)
    dense = np.repeat(is_dense, pairs)
    table[slots_of(rows, entries.register[dense])] = entries.value[dense]
    register, value = entries.register[~dense], entries.value[~dense]
    codes = np.empty((register.size, PAIR_BYTES), np.uint8)
    codes[:, 0] = register << VALUE_BITS & 0xFF | value
    codes[:, 1] = register >> 8 - VALUE_BITS & 0xFF
    codes[:, 2] = register >> 16 - VALUE_BITS
    data = np.empty(int(sizes.sum()), np.uint8)
    dense = np.repeat(is_dense, sizes)
    data[dense], data[~dense] = table, codes.reshape(-1)
    return data


class RegisterBlock(NamedTuple):
    """What was read for an answer. It has a row for each group of each chunk, in no order: the part of the answer, the
    group, and where its bytes lie in `data`. A group of no bytes has had no visitor."""

    parts: Ints
    groups: Ints
    starts: Ints
    sizes: Ints
    data: NDArray[np.uint8]

    @classmethod
    def of_chunks(cls, chunks: Sequence[PackedRegisters]) -> RegisterBlock:
        """Return the groups of whole chunks. Raise CorruptCounts if the bytes of a group cannot be its registers."""
        if not chunks:
            return cls.of_groups([])
        for _, groups, ends, data in chunks:
            if not 0 < groups.size == ends.size or int(ends[-1]) != len(data):
                raise CorruptCounts(f"{len(data)} bytes are not the registers of {groups.size} groups")
        parts = np.repeat(int_array(chunk.part for chunk in chunks), int_array(chunk.groups.size for chunk in chunks))
        groups = np.concatenate([chunk.groups for chunk in chunks]).astype(np.int64)
        sizes = np.concatenate([np.diff(chunk.ends.astype(np.int64), prepend=0) for chunk in chunks])
        return cls._checked(parts, groups, sizes, [chunk.data for chunk in chunks])

    @classmethod
    def of_groups(cls, found: Sequence[tuple[int, int, RawBytes]]) -> RegisterBlock:
        """Return single groups that were cut out of chunks: part, group and bytes. Raise CorruptCounts like
        `of_chunks`."""
        parts, groups, pieces = zip(*found, strict=True) if found else ((), (), ())
        return cls._checked(int_array(parts), int_array(groups), int_array(map(len, pieces)), pieces)

    @classmethod
    def _checked(cls, parts: Ints, groups: Ints, sizes: Ints, pieces: Sequence[RawBytes]) -> RegisterBlock:
        wrong = (sizes != DENSE_BYTES) & ((sizes % PAIR_BYTES != 0) | (sizes > DENSE_BYTES) | (sizes < 0))
        if wrong.any():
            raise CorruptCounts(f"{sizes[wrong][0]} bytes are not the registers of a group")
        starts = np.cumsum(sizes) - sizes
        return cls(parts, groups, starts, sizes, np.frombuffer(b"".join(pieces), np.uint8))

    def where(self, rows: Mask | slice) -> RegisterBlock:
        """Return some of the rows. Their bytes stay where they are."""
        return RegisterBlock(self.parts[rows], self.groups[rows], self.starts[rows], self.sizes[rows], self.data)

    def entries(self) -> RegisterEntries:
        """Return the registers of all rows, in no order. Raise CorruptCounts if a value is impossible."""
        sparse = self._entries_of(*_sparse_registers(self, np.arange(self.parts.size)))
        dense = self.where(self.sizes == DENSE_BYTES)
        table = _possible(_dense_rows(dense, dense.starts)).reshape(-1)
        slots = np.flatnonzero(table)
        return concatenated_registers([sparse, dense._entries_of(slots, table[slots])])

    def _entries_of(self, slots: Ints, value: RegisterValues) -> RegisterEntries:
        rows, register = slots >> REGISTER_BITS, (slots & (REGISTERS - 1)).astype(np.uint16)
        return RegisterEntries(self.parts[rows], self.groups[rows], register, value)

    def visitors_by_key(self, keys: Ints) -> KeyVisitors:
        """Return the distinct visitors under each key, where `keys` has one key for each row. Raise CorruptCounts like
        `entries`."""
        names, ranks = ranked(keys)
        in_table = np.zeros(names.size, np.bool_)
        in_table[ranks[self.sizes == DENSE_BYTES]] = True
        histograms = np.zeros((names.size, MAX_VALUE + 1), np.int64)
        for own, counted in ((in_table, _histograms_by_table), (~in_table, _histograms_by_pairs)):
            rows = own[ranks]
            histograms[own] = counted(self.where(rows), (np.cumsum(own) - 1)[ranks[rows]], int(own.sum()))
        return key_visitors(names, histograms)


def stacked_registers(blocks: Sequence[RegisterBlock]) -> RegisterBlock:
    """Return the rows of several blocks."""
    several = [block for block in blocks if block.parts.size]
    if len(several) <= 1:
        return several[0] if several else RegisterBlock.of_groups([])
    shifts = accumulate((block.data.size for block in several[:-1]), initial=0)
    moved = [block._replace(starts=block.starts + shift) for block, shift in zip(several, shifts, strict=True)]
    return RegisterBlock(*map(np.concatenate, zip(*moved, strict=True)))


def _histograms_by_pairs(block: RegisterBlock, ranks: Ints, count: int) -> Ints:
    """Return the histogram of each of `count` ranks, which have sparse rows only."""
    return histograms_of(*_sparse_registers(block, ranks), count=count)


def _histograms_by_table(block: RegisterBlock, ranks: Ints, count: int) -> Ints:
    """Return the histogram of each of `count` ranks. Each has a dense row, so a table of all registers of all ranks is
    no longer than what was read."""
    table = _possible(_united(block, ranks, count))
    shifts = np.arange(DENSE_ROWS_AT_A_TIME)[:, np.newaxis] << VALUE_BITS
    histograms = np.zeros((count, 1 << VALUE_BITS), np.int64)
    for first in range(0, count, DENSE_ROWS_AT_A_TIME):
        rows = table[first : first + DENSE_ROWS_AT_A_TIME]
        cells = rows + shifts[: len(rows)]
        histograms[first : first + len(rows)] = np.bincount(
            cells.reshape(-1), minlength=len(rows) << VALUE_BITS
        ).reshape(len(rows), -1)
    return histograms[:, : MAX_VALUE + 1]


def _united(block: RegisterBlock, ranks: Ints, count: int) -> NDArray[np.uint8]:
    """Return the largest values of the registers of each of `count` ranks, a row each."""
    table = np.zeros((count, REGISTERS), np.uint8)
    is_dense = block.sizes == DENSE_BYTES
    _unite_sparse(table, block.where(~is_dense), ranks[~is_dense])
    starts, ranks = block.starts[is_dense], ranks[is_dense]
    for rows in _rounds(ranks):
        table[ranks[rows]] = np.maximum(table[ranks[rows]], _dense_rows(block, starts[rows]))
    return table


def _unite_sparse(table: NDArray[np.uint8], block: RegisterBlock, ranks: Ints) -> None:
    """Raise the table to the registers of sparse rows, some rows at a time."""
    for first in range(0, ranks.size, ROWS_AT_A_TIME):
        rows = slice(first, first + ROWS_AT_A_TIME)
        np.maximum.at(table.reshape(-1), *_sparse_registers(block.where(rows), ranks[rows]))


def _rounds(ranks: Ints) -> list[Ints]:
    """Return the rows in rounds, in each of which a rank occurs once at most. So many rows are united at once,
    4,096 neighbouring bytes each. numpy's `maximum.reduceat` and `maximum.at` would go from row to row for each byte.

    >>> [rows.tolist() for rows in _rounds(np.array([5, 7, 5]))]
    [[0, 1], [2]]
    """
    order = np.argsort(ranks, kind="stable")
    starts = np.searchsorted(ranks[order], ranks[order])
    turn = np.empty(ranks.size, np.int64)
    turn[order] = np.arange(ranks.size) - starts
    return np.split(np.argsort(turn, kind="stable"), np.cumsum(np.bincount(turn))[:-1]) if ranks.size else []


def _sparse_registers(block: RegisterBlock, ranks: Ints) -> tuple[Ints, RegisterValues]:
    """Return the registers of the sparse rows: the place of each in a table of the registers of all ranks, and its
    value."""
    is_sparse = block.sizes != DENSE_BYTES
    starts, sizes = block.starts[is_sparse], block.sizes[is_sparse]
    low, middle, high = _cut(block.data, starts, sizes).reshape(-1, PAIR_BYTES).T
    register = low >> VALUE_BITS | middle.astype(np.uint16) << 2 | high.astype(np.uint16) << 10
    value = (low & ((1 << VALUE_BITS) - 1)).astype(np.uint8)
    if value.size and (int(value.min()) == 0 or int(high.max()) >= 1 << PAIR_BITS - 16):
        raise CorruptCounts(f"{PAIR_BYTES} bytes are not a register and its value")
    slots = np.repeat(ranks[is_sparse] << REGISTER_BITS, sizes // PAIR_BYTES)
    slots |= register
    return slots, _possible(value)


def _cut(data: NDArray[np.uint8], starts: Ints, sizes: Ints) -> NDArray[np.uint8]:
    """Return the bytes of rows, which ascend and do not overlap, one after the other. A mask of all bytes is faster
    than an index of each."""
    if not sizes.size:
        return data[:0]
    ends = starts + sizes
    gaps = np.append(starts[1:] - ends[:-1], 0)
    mask = np.repeat(np.tile([True, False], sizes.size), np.stack((sizes, gaps), axis=1).reshape(-1))
    cut: NDArray[np.uint8] = data[starts[0] : ends[-1]][mask]
    return cut


def _dense_rows(block: RegisterBlock, starts: Ints) -> NDArray[np.uint8]:
    """Return the registers of dense rows. A view of every window of 4,096 bytes lets numpy copy whole rows."""
    if not starts.size:
        return np.zeros((0, REGISTERS), np.uint8)
    rows: NDArray[np.uint8] = sliding_window_view(block.data, DENSE_BYTES)[starts]
    return rows


def _possible(values: RegisterValues) -> RegisterValues:
    """Return the values. Raise CorruptCounts if no hash has one of them."""
    if int(values.max(initial=0)) > MAX_VALUE:
        raise CorruptCounts(f"a register holds {values.max()}, more than {MAX_VALUE}")
    return values
