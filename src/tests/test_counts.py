from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally.counts import NO_COUNTS, Counts, Packed, int_array, layout_of, sum_by
from tally.errors import CorruptCounts, NegativeCount
from tests.strategies import counts, ids


@given(counts, counts, counts)
def test_adding_in_any_order_and_grouping_gives_the_same(one, two, three):
    assert (one + two) + three == three + (two + one)


@given(counts, counts)
def test_what_was_added_can_be_taken_away(one, other):
    assert (one + other) - other == one
    assert one - one == NO_COUNTS
    assert one + NO_COUNTS == one


@given(counts, counts)
def test_views_add_up_and_blogs_unite(one, other):
    both = one + other
    assert both.total == one.total + other.total
    assert set(both.ids.tolist()) == set(one.ids.tolist()) | set(other.ids.tolist())


def test_taking_away_what_was_never_there_is_refused():
    with pytest.raises(NegativeCount, match="member 7"):
        Counts.of([1]) - Counts.of([7])


@given(counts)
def test_unpacking_gives_back_what_was_packed(found):
    assert Counts.unpack(found.pack()) == found


@given(counts, st.lists(ids, max_size=5))
def test_only_some_blogs_is_the_plain_filter(found, wanted):
    expected = [pair for pair in zip(found.ids.tolist(), found.weights.tolist(), strict=True) if pair[0] in wanted]
    kept = found.only(wanted)
    assert list(zip(kept.ids.tolist(), kept.weights.tolist(), strict=True)) == expected


@pytest.mark.parametrize(("largest", "width"), [(255, 1), (256, 2), (65_536, 4), (2**32, 8), (2**63 - 1, 8)])
def test_ids_take_the_narrowest_width_that_holds_them(largest, width):
    assert len(Counts.of([largest]).pack().ids) == width


def test_bytes_of_another_version_or_a_wrong_length_are_refused():
    good = Counts.of([300, 301]).pack()
    for bad in (good._replace(layout=good.layout + 256), good._replace(ids=good.ids[:-1]), good._replace(weights=b"")):
        with pytest.raises(CorruptCounts):
            Counts.unpack(bad)
    assert Counts.unpack(Packed(layout_of(0, 0), b"", b"")) == NO_COUNTS


WEIGHTS = st.one_of(st.integers(0, 3), st.integers(0, 2**55))


@given(
    st.lists(st.tuples(st.integers(0, 50), WEIGHTS), max_size=40),
    st.one_of(st.integers(0, 2**40), st.integers(28, 33).map(lambda bits: 2**bits - 20)),
)
def test_summing_by_key_is_the_plain_loop_for_small_and_large_keys_and_weights(pairs, shift):
    expected: Counter[int] = Counter()
    for key, weight in pairs:
        expected[key + shift] += weight
    keys, sums = sum_by(int_array(key + shift for key, _ in pairs), int_array(weight for _, weight in pairs))
    assert dict(zip(keys.tolist(), sums.tolist(), strict=True)) == expected
    assert np.all(np.diff(keys) > 0)


@given(st.lists(st.one_of(st.integers(0, 9), st.integers(2**32 - 3, 2**32 + 3), st.integers(0, 2**62)), max_size=40))
def test_counting_keys_is_the_plain_loop(keys):
    found, times = sum_by(int_array(keys))
    assert dict(zip(found.tolist(), times.tolist(), strict=True)) == Counter(keys)
