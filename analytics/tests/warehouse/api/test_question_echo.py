"""The body that an answer repeats is understood as the same question."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.tests.warehouse.api.test_filter_tree import deep
from analytics.warehouse.api.question import question_of
from analytics.warehouse.api.question_echo import to_body
from analytics.warehouse.api.vocabulary import TIME_UNITS, VOCABULARIES
from tally.where import Field

TODAY = date(2024, 3, 10)
LATER = date(2031, 1, 1)
NUMBERS = {"hour": st.integers(0, 23), "weekday": st.integers(1, 7), "blog": st.integers(1, 2**63 - 1)}
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=5)
days = st.dates(date(1, 1, 1), date(9999, 12, 31))


def subsets(words, smallest=0, largest=None):
    return st.lists(st.sampled_from(words), unique=True, min_size=smallest, max_size=largest)


@st.composite
def ranges(draw):
    first, last = sorted([draw(days), draw(days)])
    both = {"start_date": first.isoformat(), "end_date": last.isoformat()}
    ends = draw(subsets(list(both), 1))
    return draw(st.sampled_from([{name: both[name] for name in ends}, {"year": draw(st.integers(2000, 2100))}]))


@st.composite
def leaves(draw, fields):
    chosen = draw(subsets(list(fields), 1, 3))
    values = {name: NUMBERS.get(name, texts) for name in chosen}
    if draw(st.booleans()):
        return {"eq": {name: draw(value) for name, value in values.items()}}
    return {"in": {name: draw(st.lists(value, min_size=1, max_size=3)) for name, value in values.items()}}


def trees(fields):
    return st.recursive(
        leaves(fields),
        lambda inner: st.builds(
            lambda operator, parts: {operator: parts[0] if operator == "not" else parts},
            st.sampled_from(["and", "or", "not"]),
            st.lists(inner, min_size=1, max_size=3),
        ),
        max_leaves=8,
    )


@st.composite
def bodies(draw):
    """Draw a body that is right, with some of its fields left out."""
    dataset = draw(st.sampled_from(list(VOCABULARIES)))
    words = VOCABULARIES[dataset]
    metrics = draw(subsets(words.metrics, 1))
    unit = draw(st.lists(st.sampled_from(list(TIME_UNITS)), max_size=1))
    dimensions = draw(st.permutations(unit + draw(subsets(words.dimensions, 0, 2))))
    ordered = draw(subsets([*metrics, *dimensions]))
    body = {
        "dataset": dataset,
        "metrics": metrics,
        "range": draw(ranges() | st.sampled_from(["day", "week", "month", "year"])),
        "time_zone": draw(st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu"])),
        "dimensions": list(dimensions),
        "filters": draw(trees(words.dimensions)),
        "compare": draw(ranges()),
        "order_by": [[word, draw(st.sampled_from(["asc", "desc"]))] for word in ordered],
        "limit": draw(st.integers(1, 10_000)),
        "offset": draw(st.integers(0, 10_000)),
        "include": draw(subsets(["totals", "other", *(["gaps"] if unit else [])])),
    }
    needed = {"dataset", "metrics", "dimensions"}
    return {name: value for name, value in body.items() if name in needed or draw(st.booleans())}


@settings(deadline=None, max_examples=200)
@given(bodies())
def test_the_repeated_body_is_the_same_question_on_any_day(body):
    asked = question_of(body, lambda zone: TODAY)
    assert question_of(to_body(asked), lambda zone: LATER) == asked


@pytest.mark.parametrize(
    "body",
    [
        {"range": {"end_date": "1900-01-01"}},
        {"range": {"start_date": "2300-01-01"}},
        {"range": {"start_date": "1969-12-31", "end_date": "2200-01-01"}},
        {"range": "week", "compare": "previous"},
        {"filters": deep(32)},
        {"filters": deep(32, {"eq": {"country": "DE", "hour": 1}})},
        {"filters": {"and": [{"eq": {"blog": 1}}]}},
        {"filters": {"or": [{"eq": {"blog": 1}}] * 999}},
        {"filters": {"and": [{"eq": {"country": "DE", "hour": 1}}] * 999}},
        {"filters": {"in": {"blog": list(range(1, 10_001))}}},
    ],
)
def test_the_widest_the_deepest_and_the_emptiest_question_can_be_repeated(body):
    asked = question_of(body, lambda zone: TODAY)
    assert question_of(to_body(asked), lambda zone: LATER) == asked


def test_every_default_is_filled_in():
    assert to_body(question_of({"range": "week", "dimensions": ["time:day"]}, lambda zone: TODAY)) == {
        "dataset": "views",
        "metrics": ["views", "blogs"],
        "range": {"start_date": "2024-03-04", "end_date": "2024-03-10"},
        "time_zone": "UTC",
        "dimensions": ["time:day"],
        "order_by": [["time", "asc"]],
        "limit": 100,
        "offset": 0,
        "include": [],
    }


def test_every_field_of_a_filter_is_a_dimension():
    assert {field.value for field in Field} == {name for words in VOCABULARIES.values() for name in words.dimensions}
