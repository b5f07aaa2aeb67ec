from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally import chunks
from tally.chunks import (
    Directory,
    GroupSlice,
    StoredChunk,
    block_of_chunks,
    block_of_slices,
    entries_of,
    stacked,
    stored_chunks,
    totals_by_key,
)
from tally.columns import concatenated
from tally.counts import Counts, Packed
from tally.errors import CorruptCounts
from tests.strategies import entries, facts
from tests.test_columns import listed, plainly


def stored(found):
    return list(stored_chunks(entries(found).merged(by_group=True)))


def read(*several):
    return stacked([block_of_chunks(stored(found)) for found in several])


@given(facts)
def test_a_block_holds_the_counts_of_the_groups_of_its_chunks(found):
    assert [chunk.part for chunk in stored(found)] == sorted({row[0] for row in found})
    block, rows = read(found), defaultdict(list)
    for part, country, blog, views in plainly(found):
        rows[part, country].append((blog, views))
    directory = zip(*(column.tolist() for column in block[:4]), strict=True)
    assert {(part, group): (total, size) for part, group, total, size in directory} == {
        key: (sum(views for _, views in own), len(own)) for key, own in rows.items()
    }
    for part, country in rows:
        alone = block.where(block.parts == part).only([country]).counts()
        assert alone == Counts.of(*zip(*rows[part, country], strict=True))


@given(facts, st.integers(0, 60))
def test_a_block_of_several_reads_gives_back_what_they_hold(found, cut):
    assert listed(entries_of(read(found[:cut], found[cut:])).merged(by_group=True)) == plainly(found)


@given(facts, st.integers(1, 300))
def test_entries_can_be_taken_of_some_members_alone(found, bar):
    taken = entries_of(read(found), lambda ids: ids < bar)
    assert sorted(listed(taken)) == [row for row in plainly(found) if row[2] < bar]


@given(facts, st.frozensets(st.integers(0, 5)))
def test_a_block_of_some_groups_and_one_of_the_others_hold_everything(found, some):
    block = read(found)
    left = entries_of(block.without(sorted(some))).merged(by_group=True)
    assert listed(left) == [row for row in plainly(found) if row[1] not in some]
    taken = entries_of(block.only(sorted(some))).merged(by_group=True)
    assert listed(taken) == [row for row in plainly(found) if row[1] in some]


@given(facts, st.frozensets(st.integers(0, 5)))
def test_slices_of_the_packed_columns_are_the_groups_they_say(found, some):
    cut = [each for chunk in stored(found) for each in slices(chunk) if each.group in some]
    assert listed(entries_of(block_of_slices(cut)).merged(by_group=True)) == [
        row for row in plainly(found) if row[1] in some
    ]


def slices(chunk):
    """Return the groups of a chunk, cut out of its columns as a database does it."""
    ids, weights = chunk.packed.layout >> 4 & 15, chunk.packed.layout & 15
    first = 0
    for group, total, last in zip(*(column.tolist() for column in chunk.directory), strict=True):
        cut = chunk.packed.ids[first << ids : last << ids], chunk.packed.weights[first << weights : last << weights]
        yield GroupSlice(chunk.part, group, total, last - first, Packed(chunk.packed.layout, *cut))
        first = last


@given(facts, st.integers(0, 60), st.sampled_from([0, 2**9, 2**10, 2**26]), st.sampled_from([1, 3, 2**15]))
def test_totals_by_key_equal_a_plain_loop(found, cut, slots, at_once):
    block = read(found[:cut], found[cut:])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunks, "MAX_SLOTS", slots)
        patch.setattr(chunks, "MAX_SLOTS_PER_ENTRY", 10**6)
        patch.setattr(chunks, "ENTRIES_AT_ONCE", at_once)
        tallies = totals_by_key(block, block.groups % 3)
    totals, members = defaultdict(int), defaultdict(set)
    for _, country, blog, views in found:
        totals[country % 3] += views
        members[country % 3].add(blog)
    assert list(zip(*(column.tolist() for column in tallies), strict=True)) == [
        (key, totals[key], len(members[key])) for key in sorted(totals)
    ]


def test_distinct_members_with_the_largest_ids_are_told_apart():
    block = read([(part, 1, 2**62 + n, 1) for part in range(2) for n in range(3)])
    assert totals_by_key(block, block.groups).distinct.tolist() == [3]


def test_a_block_read_without_weights_counts_each_id_once():
    block = read([(0, 1, 5, 9)])
    assert listed(entries_of(block._replace(weights=block.weights[:0]))) == [(0, 1, 5, 1)]


def test_columns_that_are_not_as_long_as_the_directory_says_are_corrupt():
    (chunk,) = stored([(0, 1, 5, 9), (0, 1, 6, 300)])
    layout, ids, weights = chunk.packed
    nothing = np.zeros(0, np.int64)
    for directory, packed in (
        (chunk.directory, Packed(layout, b"\1", weights)),
        (chunk.directory, Packed(layout, ids, b"\1\2\3")),
        (chunk.directory._replace(totals=nothing), chunk.packed),
        (Directory(nothing, nothing, nothing), chunk.packed),
    ):
        with pytest.raises(CorruptCounts):
            block_of_chunks([StoredChunk(0, directory, packed)])
    assert block_of_chunks([chunk._replace(packed=Packed(layout, b"", b""))]).sizes.tolist() == [2]


def test_nothing_is_an_empty_block():
    assert stored(()) == [] and list(stored_chunks(concatenated([]))) == []
    assert read().ids.size == read([]).sizes.size == block_of_slices([]).groups.size == 0
    assert totals_by_key(read(), read().groups).keys.size == 0
