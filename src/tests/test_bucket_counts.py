"""Members and visitors are packed side by side, and come back as they were."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally import bucket_counts
from tally.bucket_counts import BucketCounts, counted_chunks, counts_of_chunks, united
from tally.facts import counted, visited

visitors_of_views = st.one_of(st.just(0), st.integers(-(2**63), 2**63 - 1))
views = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(1, 300), visitors_of_views), max_size=60)


def counts_of(found):
    days, groups, members, visitors = np.array(found, np.int64).reshape(-1, 4).T
    return BucketCounts(counted(days, groups, members), visited(days, groups, visitors))


def listed(counts):
    entries, registers = counts.entries, counts.registers
    columns = (entries.part, entries.group, entries.ids, entries.weights)
    others = (registers.part, registers.group, registers.register, registers.value)
    return [
        [list(row) for row in zip(*(column.tolist() for column in each), strict=True)] for each in (columns, others)
    ]


@given(views)
def test_packed_counts_come_back_as_they_were(found):
    counts = counts_of(found)
    assert listed(counts_of_chunks(list(counted_chunks(counts)))) == listed(counts)
    assert all(each.size > 0 for each in counted_chunks(counts))


@given(views, st.integers(0, 60))
def test_counts_of_parts_unite_to_those_of_all(found, cut):
    assert listed(united([counts_of(found[:cut]), counts_of(found[cut:])])) == listed(counts_of(found))


@given(views, st.integers(0, 60), st.sampled_from([1, 20, 10**6]))
def test_chunks_are_added_up_some_at_a_time_or_at_once(found, cut, at_once):
    chunks = [each for own in (found[:cut], found[cut:]) for each in counted_chunks(counts_of(own))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bucket_counts, "MAX_ENTRIES_AT_ONCE", at_once)
        assert listed(counts_of_chunks(chunks)) == listed(counts_of(found))


@given(views)
def test_groups_that_become_one_have_the_members_and_visitors_of_all(found):
    merged = counts_of(found).regrouped(lambda groups: groups % 2)
    assert listed(merged) == listed(counts_of([(day, group % 2, *rest) for day, group, *rest in found]))
