import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally import registers
from tally.columns import ALL_GROUPS
from tally.registers import concatenated_registers, max_by, ranked
from tests.strategies import plain_register, register_entries, visits


def plainly(found):
    largest: dict[tuple[int, int, int], int] = {}
    for part, group, visitor in found:
        register, value = plain_register(visitor)
        largest[part, group, register] = max(value, largest.get((part, group, register), 0))
    return sorted((*key, value) for key, value in largest.items())


def listed(entries):
    columns = (entries.part, entries.group, entries.register, entries.value)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def distinct(found):
    """Return the estimates by part and group, through one key for each pair."""
    entries = register_entries(found)
    by_key = entries.visitors_by_key(entries.part * 10 + entries.group)
    return dict(zip(by_key.keys.tolist(), by_key.visitors.tolist(), strict=True))


@pytest.fixture(params=[2**40, 0], ids=["table", "sort"], autouse=True)
def way_to_unite(request, monkeypatch):
    """Unite few registers by the table and by sorting, whichever would be faster."""
    monkeypatch.setattr(registers, "MAX_TABLE_SLOTS_PER_ENTRY", request.param)


@given(visits)
def test_the_registers_of_visitors_are_those_of_the_plain_loop(found):
    assert listed(register_entries(found)) == plainly(found)


@given(visits, st.randoms(use_true_random=False))
def test_the_order_of_visitors_is_without_effect(found, random):
    assert listed(register_entries(random.sample(found, len(found)))) == listed(register_entries(found))


@given(visits, st.integers(0, 60))
def test_visitors_may_be_united_in_any_grouping(found, cut):
    halves = concatenated_registers([register_entries(found[:cut]), register_entries(found[cut:])])
    assert listed(halves.merged()) == listed(register_entries(found))


@given(visits)
def test_registers_united_twice_are_united_once(found):
    once = register_entries(found)
    assert listed(concatenated_registers([once, once]).merged()) == listed(once.merged()) == listed(once)


@given(visits)
def test_a_fold_of_folds_is_the_fold_of_all(found):
    days = register_entries(found)
    months = days.regrouped(days.part // 2, days.group)
    years = months.regrouped(months.part // 2, months.group)
    assert (
        listed(years) == listed(days.regrouped(days.part // 4, days.group)) == plainly((0, *row[1:]) for row in found)
    )


@given(visits)
def test_all_groups_together_have_the_registers_of_all_visitors(found):
    assert listed(register_entries(found).of_all_groups()) == plainly((row[0], ALL_GROUPS, row[2]) for row in found)


@given(visits)
def test_a_mask_takes_some_of_the_entries(found):
    entries = register_entries(found)
    assert listed(entries.where(entries.group > 1)) == plainly(row for row in found if row[1] > 1)
    assert listed(entries.where(entries.part >= 0)) == listed(entries)


@given(visits)
def test_few_visitors_are_estimated_to_be_as_many_as_their_registers(found):
    """Among so few registers the estimate is the number of them, and half a visitor more at most."""
    keys: dict[int, set[int]] = {}
    for part, group, visitor in found:
        keys.setdefault(part * 10 + group, set()).add(plain_register(visitor)[0])
    assert distinct(found) == {key: len(own) for key, own in keys.items()}


def test_keys_are_united_by_maximum_and_not_added_up():
    one, other = [(0, 1, n << 48) for n in range(1, 40)], [(5, 2, n << 48) for n in range(20, 60)]
    entries = register_entries([*one, *other])
    apart = entries.visitors_by_key(entries.group)
    assert (apart.keys.tolist(), [*map(len, (one, other))]) == ([1, 2], [39, 40])
    both = register_entries([(0, 0, row[2]) for row in (*one, *other)])
    together = entries.visitors_by_key(np.zeros(entries.part.size, np.int64)).visitors
    assert together.tolist() == both.visitors_by_key(both.part).visitors.tolist()


def test_nothing_is_no_visitors():
    nothing = concatenated_registers([])
    assert listed(nothing.merged()) == listed(register_entries([])) == []
    assert [column.tolist() for column in nothing.visitors_by_key(nothing.part)] == [[], []]


def test_parts_and_groups_as_wide_as_integers_go_together():
    found = [(part, group, -1) for part in (-(2**63), 0, 2**63 - 1) for group in (2**62, -1, -(2**62))]
    assert listed(register_entries(found)) == plainly(found)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 53)), max_size=30))
def test_the_largest_value_of_a_key_is_that_of_the_plain_loop(pairs):
    keys, values = np.array(pairs, np.int64).reshape(len(pairs), 2).T
    found = max_by(keys, values.astype(np.uint8))
    assert dict(zip(*(column.tolist() for column in found), strict=True)) == dict(sorted(pairs))


@given(st.lists(st.one_of(st.integers(-5, 5), st.integers(-(2**62), 2**62)), max_size=20))
def test_a_rank_is_the_place_among_the_distinct_keys(keys):
    names, ranks = ranked(np.array(keys, np.int64))
    assert names.tolist() == sorted(set(keys))
    assert names[ranks].tolist() == keys
