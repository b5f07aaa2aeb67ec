"""What a roll-up holds of some buckets: the counts of members, and the registers of visitors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tally.chunks import StoredChunk, block_of_chunks, entries_of, stored_chunks
from tally.columns import Entries, concatenated
from tally.counts import Ints, RawBytes
from tally.register_chunks import PackedRegisters, RegisterBlock, packed_registers
from tally.registers import RegisterEntries, concatenated_registers

MAX_ENTRIES_AT_ONCE = 2_500_000
"""The most entries that are merged at once, at some hundred bytes each."""


@dataclass(frozen=True, slots=True)
class BucketCounts:
    """Members and visitors by part and group. The part is the day that a bucket begins with, as its number since 1970.
    Visitors are of groups that have members."""

    entries: Entries
    registers: RegisterEntries

    def merged(self) -> BucketCounts:
        """Return the same with each part, group and member once, and each register once."""
        return BucketCounts(self.entries.merged(by_group=True), self.registers.merged())

    def of_parts(self, parts: Ints) -> BucketCounts:
        """Return what is of these parts."""
        entries, registers = self.entries, self.registers
        return BucketCounts(
            entries.where(np.isin(entries.part, parts)), registers.where(np.isin(registers.part, parts))
        )

    def regrouped(self, changed: Callable[[Ints], Ints]) -> BucketCounts:
        """Return the same, merged, by other groups."""
        entries, registers = self.entries, self.registers
        moved = Entries(entries.part, changed(entries.group), entries.ids, entries.weights)
        return BucketCounts(moved.merged(by_group=True), registers.regrouped(registers.part, changed(registers.group)))


def united(several: Sequence[BucketCounts]) -> BucketCounts:
    """Return the sum of counts, merged; visitors are united."""
    found = [each for each in several if each.entries.ids.size]
    if len(found) == 1:
        return found[0]
    entries = concatenated([each.entries for each in found])
    registers = concatenated_registers([each.registers for each in found])
    return BucketCounts(entries, registers).merged()


class CountedChunk(NamedTuple):
    """A chunk with its registers, as both are stored. `register_ends` is aligned with the groups of the directory, and
    empty if the chunk has no visitors."""

    chunk: StoredChunk
    register_ends: Ints
    registers: RawBytes

    @property
    def size(self) -> int:
        """The bytes of the columns and of the directory."""
        columns = len(self.chunk.packed.ids) + len(self.chunk.packed.weights) + len(self.registers)
        integers = sum(column.size for column in self.chunk.directory) + self.register_ends.size
        return columns + integers * self.register_ends.itemsize


def counted_chunks(counts: BucketCounts) -> Iterator[CountedChunk]:
    """Yield a chunk for each part of merged counts."""
    packed = {each.part: each for each in packed_registers(counts.registers)}
    for chunk in stored_chunks(counts.entries):
        own = packed.get(chunk.part)
        ends = _aligned_ends(own, chunk.directory.groups) if own else np.zeros(0, np.int64)
        yield CountedChunk(chunk, ends, own.data if own else b"")


def counts_of_chunks(chunks: Sequence[CountedChunk]) -> BucketCounts:
    """Return what chunks hold together, merged: chunks of one part are added up, some at a time, which takes less
    memory where members repeat. Raise CorruptCounts if their bytes do not fit their directories."""
    return united([_merged(piece) for piece in _pieces(chunks)])


def _pieces(chunks: Sequence[CountedChunk]) -> Iterator[list[CountedChunk]]:
    """Yield the chunks in lists of at most MAX_ENTRIES_AT_ONCE entries, or of one chunk."""
    piece, size = list[CountedChunk](), 0
    for each in chunks:
        entries = int(each.chunk.directory.ends[-1]) if each.chunk.directory.ends.size else 0
        if piece and size + entries > MAX_ENTRIES_AT_ONCE:
            yield piece
            piece, size = [], 0
        piece.append(each)
        size += entries
    if piece:
        yield piece


def _merged(chunks: Sequence[CountedChunk]) -> BucketCounts:
    entries = entries_of(block_of_chunks([each.chunk for each in chunks]))
    registers = [
        PackedRegisters(each.chunk.part, each.chunk.directory.groups, each.register_ends, each.registers)
        for each in chunks
        if each.registers
    ]
    return BucketCounts(entries, RegisterBlock.of_chunks(registers).entries()).merged()


def _aligned_ends(packed: PackedRegisters, groups: Ints) -> Ints:
    """Return the end of the registers of each group. A group without visitors ends where it begins."""
    ends: Ints = np.append(0, packed.ends)[np.searchsorted(packed.groups, groups, side="right")]
    return ends
