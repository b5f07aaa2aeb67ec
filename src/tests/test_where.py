import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally import where as where_module
from tally.plan import Selection
from tally.where import (
    EVERYTHING,
    NOTHING,
    And,
    Field,
    In,
    InGroups,
    InMembers,
    Not,
    Or,
    accepts,
    for_group,
    is_member,
    resolve_kinds,
    resolve_names,
)
from tests.strategies import conditions, holds


@given(conditions, st.integers(0, 6))
def test_asking_by_country_first_means_the_same(where, country):
    blogs = np.arange(1, 12)
    wanted = for_group(where, country)
    assert accepts(wanted, blogs).tolist() == [holds(where, country, blog) for blog in blogs.tolist()]


@given(conditions)
def test_a_selection_names_only_countries_that_differ_from_the_rest(where):
    selection = Selection.of(where)
    assert selection.rest not in selection.named.values()
    for country in range(7):
        assert accepts(selection.wanted(country), np.arange(9)).tolist() == [
            holds(where, country, blog) for blog in range(9)
        ]


@given(st.integers(1, 2**62), st.lists(st.integers(0, 2**40), min_size=20, max_size=60, unique=True))
def test_wide_ids_are_distinguished_from_their_neighbours(base, steps):
    wanted = np.array(sorted(base + 3 * step for step in steps), np.int64)
    ids = np.concatenate([wanted, wanted + 1]).astype("<u8")
    assert is_member(ids, wanted).tolist() == [True] * len(steps) + [False] * len(steps)


@given(
    st.lists(st.integers(0, 2**16 - 1), max_size=20), st.lists(st.integers(0, 2**17)), st.sampled_from([1, 3, 2**15])
)
def test_narrow_ids_are_looked_up_some_at_a_time(ids, wanted, at_once):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(where_module, "ENTRIES_AT_ONCE", at_once)
        found = is_member(np.array(ids, "<u2"), np.array(wanted, np.int64))
    assert found.tolist() == [each in wanted for each in ids]


def test_names_become_ids_and_unknown_names_match_nothing():
    codes, blogs = {None: 0, "DE": 7}, {"ann": np.array([3, 1])}
    where = Or((In(Field.COUNTRY, ("DE", "XX", None)), In(Field.AUTHOR, ("ann", "bob")), In(Field.BLOG, (9,))))
    countries, ann, nine = resolve_names(where, codes, blogs).parts
    assert countries == InGroups(frozenset({7, 0}))
    assert (ann.ids.tolist(), nine.ids.tolist()) == ([1, 3], [9])
    assert resolve_names(In(Field.AUTHOR, ("bob",)), codes, blogs) == NOTHING
    assert resolve_names(Not(In(Field.COUNTRY, ("XX",))), codes, blogs) == EVERYTHING


def test_kinds_are_found_by_category_and_by_name():
    kinds = {1: ("page", "view"), 2: ("page", "left"), 3: ("cta", "view")}
    page, view, neither = (
        resolve_kinds(In(field, (called,)), kinds)
        for field, called in ((Field.CATEGORY, "page"), (Field.NAME, "view"), (Field.NAME, "page"))
    )
    assert (page, view, neither) == (InGroups(frozenset({1, 2})), InGroups(frozenset({1, 3})), NOTHING)
    both = resolve_kinds(And((In(Field.CATEGORY, ("page",)), In(Field.NAME, ("view", "played")))), kinds)
    assert [key for key in kinds if for_group(both, key) == EVERYTHING] == [1]
    country = In(Field.COUNTRY, ("DE",))
    assert resolve_kinds(country, kinds) is country


def test_constants_fold_away():
    blog = InMembers(np.array([1]))
    assert for_group(And((InGroups(frozenset({1})), blog)), 1) is blog
    assert for_group(And((InGroups(frozenset({1})), blog)), 2) == NOTHING
    assert for_group(Or((InGroups(frozenset({1})), blog)), 1) == EVERYTHING
    assert for_group(Not(InGroups(frozenset({1}))), 2) == EVERYTHING


def test_a_condition_on_countries_cannot_be_asked_of_blogs():
    with pytest.raises(TypeError, match="not a condition on members"):
        accepts(InGroups(frozenset({1})), np.array([1]))
