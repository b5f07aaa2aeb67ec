from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tally.columns import ALL_GROUPS, Block, combine_columns, concatenated, entries_of, packed_groups
from tally.counts import Counts
from tests.strategies import entries, facts


def blocks(found):
    """Return each merged part and country as one block."""
    return [
        Block(*row.key, row.packed.layout, row.total, row.distinct, row.packed.ids, row.packed.weights)
        for row in packed_groups(entries(found).merged(by_group=True))
    ]


def plainly(found, *, by_country=True):
    counter: Counter[tuple[int, int, int]] = Counter()
    for part, country, blog, views in found:
        counter[part, country if by_country else ALL_GROUPS, blog] += views
    return sorted((*key, views) for key, views in counter.items())


def listed(found):
    return [tuple(map(int, row)) for row in zip(found.part, found.group, found.ids, found.weights, strict=True)]


@given(facts)
def test_merging_is_the_plain_loop(found):
    assert listed(entries(found).merged(by_group=True)) == plainly(found)
    assert listed(entries(found).merged(by_group=False)) == plainly(found, by_country=False)


@given(facts)
def test_rows_hold_the_counts_of_their_group(found):
    for row in packed_groups(entries(found).merged(by_group=True)):
        own = [(blog, views) for part, country, blog, views in plainly(found) if (part, country) == row.key]
        assert Counts.unpack(row.packed) == Counts.of(*zip(*own, strict=True))
        assert (row.total, row.distinct) == (sum(views for _, views in own), len(own))


@given(facts, st.integers(0, 60))
def test_spreading_blocks_gives_back_what_they_hold(found, cut):
    parts = [*blocks(found[:cut]), *blocks(found[cut:])]
    assert listed(entries_of(parts).merged(by_group=True)) == plainly(found)


@given(facts, st.integers(1, 300))
def test_spreading_some_blogs_gives_those(found, bar):
    taken = entries_of(blocks(found), lambda ids: ids < bar)
    assert sorted(listed(taken)) == [row for row in plainly(found) if row[2] < bar]


def test_a_block_read_without_views_counts_each_id_once():
    block = blocks([(0, 1, 5, 9)])[0]._replace(weights=b"")
    assert listed(entries_of([block])) == [(0, 1, 5, 1)]


@given(st.lists(st.tuples(*[st.integers(-(2**62), 2**62)] * 3), max_size=20))
def test_combined_columns_sort_alike_and_come_apart_again(rows):
    columns = list(np.array(rows, np.int64).reshape(len(rows), 3).T)
    keys, split = combine_columns(columns)
    assert [tuple(row) for row in zip(*(column.tolist() for column in split(keys)), strict=True)] == rows
    assert [rows[n] for n in np.argsort(keys, kind="stable")] == sorted(rows)


def test_nothing_joined_is_nothing():
    assert listed(concatenated([])) == []
    assert list(packed_groups(concatenated([]).merged(by_group=True))) == []
