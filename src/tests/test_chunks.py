from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally import chunks
from tally.chunks import Directory, StoredChunk, entries_of, stored_chunks, totals_by_key
from tally.columns import concatenated
from tally.counts import Counts, Packed
from tally.errors import CorruptCounts
from tests.strategies import entries, facts
from tests.test_columns import listed, plainly


def stored(found):
    return list(stored_chunks(entries(found).merged(by_group=True)))


def read(found):
    return [chunk.read() for chunk in stored(found)]


@given(facts)
def test_a_chunk_holds_the_counts_of_its_groups(found):
    assert [chunk.part for chunk in stored(found)] == sorted({row[0] for row in found})
    for chunk in read(found):
        of_part = [row for row in plainly(found) if row[0] == chunk.part]
        assert chunk.groups.tolist() == sorted({country for _, country, _, _ in of_part})
        for group, total, size in zip(chunk.groups, chunk.totals, chunk.sizes, strict=True):
            own = [(blog, views) for _, country, blog, views in of_part if country == group]
            assert chunk.only(group).counts == Counts.of(*zip(*own, strict=True))
            assert (total, size) == (sum(views for _, views in own), len(own))


@given(facts, st.integers(0, 60))
def test_spreading_chunks_gives_back_what_they_hold(found, cut):
    assert listed(entries_of([*read(found[:cut]), *read(found[cut:])]).merged(by_group=True)) == plainly(found)


@given(facts, st.integers(1, 300))
def test_spreading_some_members_gives_those(found, bar):
    taken = entries_of(read(found), lambda ids: ids < bar)
    assert sorted(listed(taken)) == [row for row in plainly(found) if row[2] < bar]


@given(facts, st.frozensets(st.integers(0, 5)))
def test_a_chunk_without_some_groups_holds_the_others(found, dropped):
    left = entries_of([chunk.without(sorted(dropped)) for chunk in read(found)])
    assert listed(left) == [row for row in plainly(found) if row[1] not in dropped]
    kept = entries_of([chunk.within(sorted(dropped)) for chunk in read(found)])
    assert listed(kept) == [row for row in plainly(found) if row[1] in dropped]
    for chunk in read(found):
        assert chunk.only(99).ids.size == chunk.only(99).groups.size == 0


@given(facts, st.integers(0, 60), st.booleans())
def test_totals_by_key_equal_a_plain_loop(found, cut, table):
    several = [*read(found[:cut]), *read(found[cut:])]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunks, "MAX_SLOTS", 2**26 if table else 0)
        tallies = totals_by_key(several, [chunk.groups % 3 for chunk in several])
    totals, members = defaultdict(int), defaultdict(set)
    for _, country, blog, views in found:
        totals[country % 3] += views
        members[country % 3].add(blog)
    assert list(zip(*(column.tolist() for column in tallies), strict=True)) == [
        (key, totals[key], len(members[key])) for key in sorted(totals)
    ]


def test_distinct_members_with_the_largest_ids_are_told_apart():
    several = read([(part, 1, 2**62 + n, 1) for part in range(2) for n in range(3)])
    assert totals_by_key(several, [chunk.groups for chunk in several]).distinct.tolist() == [3]


def test_a_chunk_read_without_weights_counts_each_id_once():
    chunk = read([(0, 1, 5, 9)])[0]
    assert listed(entries_of([chunk._replace(weights=chunk.weights[:0])])) == [(0, 1, 5, 1)]


def test_columns_that_are_not_as_long_as_the_directory_says_are_corrupt():
    (chunk,) = stored([(0, 1, 5, 9), (0, 1, 6, 300)])
    for packed in (Packed(chunk.packed.layout, b"\1", chunk.packed.weights), chunk.packed._replace(weights=b"\1\2\3")):
        with pytest.raises(CorruptCounts):
            chunk._replace(packed=packed).read()
    with pytest.raises(CorruptCounts):
        chunk._replace(directory=chunk.directory._replace(totals=chunk.directory.totals[:0])).read()
    assert chunk._replace(packed=Packed(chunk.packed.layout, b"", b"")).read().sizes.tolist() == [2]


def test_nothing_is_no_chunk():
    nothing = np.zeros(0, np.int64)
    assert stored(()) == [] and list(stored_chunks(concatenated([]))) == []
    assert StoredChunk(0, Directory(nothing, nothing, nothing), Counts.of([]).pack()).read().sizes.size == 0
    assert totals_by_key([], []).keys.size == 0
