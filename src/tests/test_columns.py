from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tally.columns import ALL_GROUPS, combine_columns, concatenated, looked_up
from tests.strategies import entries, facts


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


@given(st.lists(st.tuples(*[st.integers(-(2**62), 2**62)] * 3), max_size=20))
def test_combined_columns_sort_alike_and_come_apart_again(rows):
    columns = list(np.array(rows, np.int64).reshape(len(rows), 3).T)
    keys, split = combine_columns(columns)
    assert [tuple(row) for row in zip(*(column.tolist() for column in split(keys)), strict=True)] == rows
    assert [rows[n] for n in np.argsort(keys, kind="stable")] == sorted(rows)


def test_nothing_joined_is_nothing():
    assert listed(concatenated([])) == []


some = st.one_of(st.integers(-1, 9), st.integers(-(2**40), 2**40))


@given(st.dictionaries(some, st.integers(1, 9)), st.lists(some))
def test_values_are_looked_up_among_keys_that_are_dense_or_not(known, wanted):
    keys = np.array(sorted(known), np.int64)
    values = np.array([known[key] for key in sorted(known)], np.int64)
    found = looked_up(keys, values, np.array(wanted, np.int64))
    assert found.tolist() == [known.get(each, 0) for each in wanted]
