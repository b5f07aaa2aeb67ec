import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tally.errors import CorruptCounts
from tally.register_chunks import (
    PackedRegisters,
    RegisterBlock,
    packed_registers,
    stacked_registers,
)
from tally.registers import RegisterEntries, concatenated_registers
from tests.strategies import register_entries, visits
from tests.test_registers import listed, plainly

FIRST_DENSE = 1_366
"""The number of registers from which on 3 bytes for each would be longer than one for every register."""


def block_of(found):
    return RegisterBlock.of_chunks(list(packed_registers(register_entries(found))))


def first_registers(count):
    """Return a visitor of value 1 for each of the first registers."""
    return [(0, 7, (n << 52) - (n >> 11 << 64) | 1 << 51) for n in range(count)]


@st.composite
def crowds(draw):
    """Draw the entries of some groups with few and many visitors in some parts."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    sizes = draw(st.lists(st.sampled_from((1, 30, 1_500, 2_500, 8_000)), min_size=1, max_size=6))
    several = []
    for size in sizes:
        part, group = (np.full(size, random.integers(0, 3)) for _ in range(2))
        several.append(RegisterEntries.of_visitors(part, group, random.integers(-(2**63), 2**63, size)))
    return concatenated_registers(several).merged()


@given(visits)
def test_a_block_gives_back_the_registers_that_were_packed(found):
    assert sorted(listed(block_of(found).entries())) == plainly(found)


@settings(max_examples=40)
@given(crowds())
def test_sparse_and_dense_groups_come_back_together(entries):
    chunks = list(packed_registers(entries))
    block = RegisterBlock.of_chunks(chunks)
    assert sorted(listed(block.entries())) == listed(entries)
    assert [chunk.part for chunk in chunks] == sorted(set(entries.part.tolist()))
    assert all((chunk.groups[1:] > chunk.groups[:-1]).all() for chunk in chunks)
    assert listed(block.entries().merged()) == listed(entries)


@settings(max_examples=40)
@given(crowds(), st.integers(1, 4))
def test_a_block_and_its_entries_have_the_same_visitors_under_any_keys(entries, keys):
    block = RegisterBlock.of_chunks(list(packed_registers(entries)))
    by_row, by_entry = block.visitors_by_key(block.groups % keys), entries.visitors_by_key(entries.group % keys)
    assert [column.tolist() for column in by_row] == [column.tolist() for column in by_entry]


@settings(max_examples=40)
@given(crowds())
def test_groups_cut_out_by_their_ends_are_those_of_the_whole(entries):
    chunks = list(packed_registers(entries))
    cut = []
    for part, groups, ends, data in chunks:
        starts = [0, *ends.tolist()[:-1]]
        cut += [
            (part, group, data[start:end])
            for group, start, end in zip(groups.tolist(), starts, ends.tolist(), strict=True)
        ]
    assert listed(RegisterBlock.of_groups(cut[::-1]).entries().merged()) == listed(entries)


@settings(max_examples=40)
@given(crowds(), st.integers(0, 2))
def test_some_rows_have_their_own_registers(entries, group):
    block = RegisterBlock.of_chunks(list(packed_registers(entries)))
    kept = block.where(block.groups != group)
    assert listed(kept.entries().merged()) == listed(entries.where(entries.group != group))
    by_row = kept.visitors_by_key(kept.parts)
    entries = entries.where(entries.group != group)
    assert by_row.visitors.tolist() == entries.visitors_by_key(entries.part).visitors.tolist()


@settings(max_examples=40)
@given(crowds(), crowds())
def test_stacked_blocks_have_the_rows_of_each(one, other):
    blocks = [RegisterBlock.of_chunks(list(packed_registers(each))) for each in (one, other)]
    some = [block.where(block.groups != 0) for block in blocks]
    both = concatenated_registers([one, other])
    assert listed(stacked_registers(some).entries().merged()) == listed(both.where(both.group != 0).merged())


def test_nothing_packed_is_nothing():
    assert list(packed_registers(concatenated_registers([]))) == []
    for block in (RegisterBlock.of_chunks([]), RegisterBlock.of_groups([]), stacked_registers([])):
        assert listed(block.entries()) == []
        assert [column.tolist() for column in block.visitors_by_key(block.parts)] == [[], []]


def test_a_group_without_bytes_has_no_visitors():
    block = RegisterBlock.of_groups([(3, 1, b""), (3, 2, bytes.fromhex("350000"))])
    assert block.visitors_by_key(block.groups).visitors.tolist() == [0, 1]
    assert listed(block.entries()) == [(3, 2, 0, 53)]


def test_the_bytes_of_few_registers():
    """Register 0 with value 53, register 2,048 with value 53, register 4,095 with value 1; and one of the next part."""
    first, second = packed_registers(register_entries([(4, 7, -1), (4, -1, 0), (4, 7, -(2**63)), (9, 0, 1)]))
    assert (first.part, first.groups.tolist(), first.ends.tolist()) == (4, [-1, 7], [3, 9])
    assert first.data.hex(" ", 3) == "350000 350002 c1ff03"
    assert (second.part, second.groups.tolist(), second.ends.tolist()) == (9, [0], [3])
    assert second.data.hex() == "340000"


def test_the_bytes_of_many_registers():
    (sparse,) = packed_registers(register_entries(first_registers(FIRST_DENSE - 1)))
    assert (len(sparse.data), sparse.data[-3:].hex()) == (4095, "015501")
    (dense,) = packed_registers(register_entries(first_registers(FIRST_DENSE)))
    assert dense.data == b"\x01" * FIRST_DENSE + b"\x00" * (4096 - FIRST_DENSE)
    (full,) = packed_registers(register_entries(first_registers(4096)))
    assert full.data == b"\x01" * 4096
    assert len(RegisterBlock.of_chunks([sparse, dense, full]).entries().part) == 2 * FIRST_DENSE - 1 + 4096


@pytest.mark.parametrize("size", [1, 2, 4, 4094, 4097, 4098, 8192])
def test_a_length_that_no_registers_have_is_refused(size):
    with pytest.raises(CorruptCounts, match=f"{size} bytes"):
        RegisterBlock.of_groups([(0, 1, b"\x01" * size)])


@pytest.mark.parametrize(
    "groups, ends, size", [([1], [3], 6), ([1], [6], 3), ([1, 2], [3], 3), ([], [], 0), ([1, 2, 3], [6, 3, 6], 6)]
)
def test_a_directory_that_does_not_fit_its_bytes_is_refused(groups, ends, size):
    chunk = PackedRegisters(0, np.array(groups, np.int64), np.array(ends, np.int64), b"\x01" * size)
    with pytest.raises(CorruptCounts, match="bytes are not"):
        RegisterBlock.of_chunks([chunk])


@pytest.mark.parametrize("data", [b"\x36\x00\x00", b"\x00\x00\x00", b"\x01\x00\x04", b"\x36" + b"\x00" * 4095])
def test_a_value_or_register_that_cannot_be_is_refused(data):
    """Value 54, value 0, register 4,096, and value 54 of a dense group."""
    block = RegisterBlock.of_groups([(0, 1, data)])
    with pytest.raises(CorruptCounts):
        block.entries()
    with pytest.raises(CorruptCounts):
        block.visitors_by_key(block.groups)
