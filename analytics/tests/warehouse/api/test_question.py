"""What the bodies of the query language mean, and that a wrong one is refused by the name of its field."""

import math
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework.exceptions import ValidationError

from analytics.tests.warehouse.api.test_filter_tree import deep
from analytics.warehouse.api.question import QuestionBody, question_of
from tally.question import Comparison, Extra, Question, TimeUnit
from tally.span import EVER, Span
from tally.where import And, Field, In, Not

TODAY = date(2024, 3, 10)
FEBRUARY = Span(date(2024, 2, 1), date(2024, 3, 1))
FEBRUARY_BODY = {"start_date": "2024-02-01", "end_date": "2024-02-29"}


def understood(body):
    return question_of(body, lambda zone: TODAY)


def errors(body):
    with pytest.raises(ValidationError) as refusal:
        understood(body)
    return refusal.value.detail


def test_an_empty_body_asks_for_the_exact_totals_of_all_views():
    assert understood({}) == Question("views", ("views", "blogs"), EVER, "UTC", limit=100)


def test_every_part_of_a_question_is_understood():
    body = {
        "dataset": "views",
        "metrics": ["visitors", "views"],
        "range": FEBRUARY_BODY,
        "time_zone": "Europe/Berlin",
        "dimensions": ["country", "time:week", "device"],
        "filters": {"and": [{"in": {"hour": [8, 9]}}, {"not": {"eq": {"source": None}}}]},
        "compare": "previous",
        "order_by": [["time", "asc"], ["views", "desc"], ["country", "asc"]],
        "limit": 7,
        "offset": 14,
        "include": ["gaps", "totals", "other"],
    }
    assert understood(body) == Question(
        dataset="views",
        metrics=("visitors", "views"),
        span=FEBRUARY,
        time_zone="Europe/Berlin",
        unit=TimeUnit.WEEK,
        dimensions=("country", "device"),
        where=And((In(Field.HOUR, (8, 9)), Not(In(Field.SOURCE, (None,))))),
        compare=Comparison.PREVIOUS,
        order_by=(("time", False), ("views", True), ("country", False)),
        limit=7,
        offset=14,
        include=frozenset(Extra),
    )


@pytest.mark.parametrize(
    ("given", "span"),
    [
        ("day", Span.last(1, TODAY)),
        ("week", Span.last(7, TODAY)),
        ("month", Span.last(30, TODAY)),
        ("year", Span.last(365, TODAY)),
        ({"year": 2023}, Span.year(2023)),
        (FEBRUARY_BODY, FEBRUARY),
        ({"start_date": "2024-02-01T23:59:00+05:45", "end_date": "2024-02-29T00:00:00Z"}, FEBRUARY),
        ({"start_date": date(2024, 2, 1), "end_date": datetime(2024, 2, 29, 5, tzinfo=UTC)}, FEBRUARY),
        ({"start_date": "2024-02-01"}, Span.closed(date(2024, 2, 1), None)),
        ({"end_date": "2024-02-29"}, Span.closed(None, date(2024, 2, 29))),
    ],
)
def test_a_range_has_three_forms(given, span):
    assert understood({"range": given}).span == span


def test_a_range_of_the_last_days_ends_with_today_in_the_zone_of_the_question():
    days = {"UTC": date(2024, 3, 10), "Asia/Kathmandu": date(2024, 3, 11)}
    spans = [question_of({"range": "day", "time_zone": zone}, days.__getitem__).span for zone in days]
    assert spans == [Span.last(1, day) for day in days.values()]
    assert question_of({"range": "day"}, days.__getitem__).span == spans[0]


@pytest.mark.parametrize(
    ("given", "compare"),
    [
        ("previous", Comparison.PREVIOUS),
        ("year_before", Comparison.YEAR_BEFORE),
        ({"year": 2023}, Span.year(2023)),
        (FEBRUARY_BODY, FEBRUARY),
    ],
)
def test_a_span_is_compared_with_one_that_follows_from_it_or_is_stated(given, compare):
    assert understood({"range": "month", "compare": given}).compare == compare


@pytest.mark.parametrize(
    ("body", "order"),
    [
        ({}, ()),
        ({"dimensions": ["time:day"]}, (("time", False),)),
        ({"dimensions": ["blog"], "metrics": ["blogs", "views"]}, (("blogs", True),)),
        ({"dimensions": ["blog", "time:year"]}, (("time", False), ("views", True))),
        ({"dimensions": ["blog", "time:year"], "order_by": [["time:year", "desc"]]}, (("time", True),)),
    ],
)
def test_rows_are_in_order_of_time_and_then_of_the_first_metric_unless_another_order_is_given(body, order):
    assert understood(body).order_by == order


def test_events_have_words_of_their_own():
    body = {"dataset": "events", "dimensions": ["category", "name"], "filters": {"eq": {"session": "s"}}}
    found = understood(body)
    assert (found.metrics, found.dimensions) == (("events", "sessions"), ("category", "name"))
    assert found.where == In(Field.SESSION, ("s",))


@pytest.mark.parametrize(
    ("field", "values", "meant"),
    [
        ("country", ["de", None], (Field.COUNTRY, ("DE", None))),
        ("country__code", ["de"], (Field.COUNTRY, ("DE",))),
        ("author_username", ["ann", None], (Field.AUTHOR, ("ann", None))),
        ("blog_id", [1, 2**63 - 1], (Field.BLOG, (1, 2**63 - 1))),
        ("hour", [0, 23], (Field.HOUR, (0, 23))),
        ("weekday", [1, 7], (Field.WEEKDAY, (1, 7))),
        ("site", ["a.example", None], (Field.SITE, ("a.example", None))),
        ("referrer", ["a.example", None], (Field.REFERRER, ("a.example", None))),
    ],
)
def test_a_filter_is_over_any_dimension_and_null_is_unknown(field, values, meant):
    assert understood({"filters": {"in": {field: values}}}).where == In(*meant)


def test_python_callers_may_give_tuples():
    small = {"metrics": ("views",), "filters": {"in": {"blog": (1, 2)}}}
    large = {"metrics": ("views",), "filters": {"in": {"blog": tuple(range(1, 2000))}}}
    assert [len(understood(body).where.values) for body in (small, large)] == [2, 1999]


WRONG = [
    ("dataset", "visits"),
    ("dataset", ["views"]),
    ("dataset", None),
    ("metrics", []),
    ("metrics", "views"),
    ("metrics", ["views", "views"]),
    ("metrics", ["sessions"]),
    ("metrics", [["views"]]),
    ("metrics", None),
    ("metrics", {"views": 1}),
    ("range", "decade"),
    ("range", 7),
    ("range", {}),
    ("range", []),
    ("range", None),
    ("range", {"year": 1999}),
    ("range", {"year": "2024"}),
    ("range", {"year": 10**30}),
    ("range", {"year": 2024, "start_date": "2024-01-01"}),
    ("range", {"start_date": "2024-01-02", "end_date": "2024-01-01"}),
    ("range", {"start_date": "2024-02-30"}),
    ("range", {"start_date": None}),
    ("range", {"from": "2024-01-01"}),
    ("time_zone", "Mars/Olympus"),
    ("time_zone", "europe/berlin"),
    ("time_zone", "../../etc/passwd"),
    ("time_zone", "Europe"),
    ("time_zone", ""),
    ("time_zone", "A" * 5000),
    ("time_zone", "UTC\0"),
    ("time_zone", 1),
    ("time_zone", None),
    ("dimensions", "country"),
    ("dimensions", ["country", "country"]),
    ("dimensions", ["colour"]),
    ("dimensions", ["category"]),
    ("dimensions", ["time"]),
    ("dimensions", ["time:second"]),
    ("dimensions", ["time:day", "time:week"]),
    ("dimensions", ["country", "device", "browser"]),
    ("dimensions", [None]),
    ("filters", None),
    ("filters", {}),
    ("filters", {"eq": {"category": "page"}}),
    ("filters", {"eq": {"hour": 24}}),
    ("filters", {"eq": {"hour": "8"}}),
    ("filters", {"eq": {"hour": None}}),
    ("filters", {"eq": {"hour": True}}),
    ("filters", {"eq": {"weekday": 0}}),
    ("filters", {"eq": {"weekday": 1.0}}),
    ("filters", {"eq": {"weekday": 10**400}}),
    ("filters", {"eq": {"blog": None}}),
    ("filters", {"eq": {"device": ""}}),
    ("filters", {"eq": {"device": "\ud800"}}),
    ("filters", {"eq": {"device": "a\0"}}),
    ("filters", {"eq": {"country": "DE", "country_code": "DE"}}),
    ("filters", {"in": {"source": []}}),
    ("filters", deep(33)),
    ("filters", {"and": [{"eq": {"blog": 1}}] * 1000}),
    ("compare", "week"),
    ("compare", None),
    ("compare", {}),
    ("compare", {"year": 1}),
    ("compare", ["previous"]),
    ("compare", "previous"),
    ("order_by", "views"),
    ("order_by", ["views"]),
    ("order_by", [["views"]]),
    ("order_by", [["views", "down"]]),
    ("order_by", [["views", True]]),
    ("order_by", [["visitors", "desc"]]),
    ("order_by", [["country", "asc"]]),
    ("order_by", [["time", "asc"]]),
    ("order_by", [["views", "asc"], ["views", "desc"]]),
    ("order_by", None),
    ("limit", 0),
    ("limit", 10_001),
    ("limit", "5"),
    ("limit", 5.0),
    ("limit", True),
    ("limit", math.nan),
    ("limit", None),
    ("offset", -1),
    ("offset", 10**400),
    ("include", "totals"),
    ("include", ["total"]),
    ("include", ["totals", "totals"]),
    ("include", ["gaps"]),
    ("select", "*"),
    ("Metrics", ["views"]),
    ("start_date", "2024-01-01"),
]


@pytest.mark.parametrize(("field", "value"), WRONG)
def test_a_wrong_value_is_refused_by_the_name_of_its_field(field, value):
    assert list(errors({field: value})) == [field]


@pytest.mark.parametrize("body", [[], [{}], "views", 1, None, True])
def test_a_body_that_is_no_object_is_refused(body):
    assert errors(body)


def test_time_may_be_named_once_in_an_order():
    assert list(errors({"dimensions": ["time:day"], "order_by": [["time", "asc"], ["time:day", "desc"]]})) == [
        "order_by"
    ]


def test_all_wrong_fields_are_named_at_once():
    body = {"metrics": ["hits"], "filters": {"xor": []}, "dimensions": ["time:day", "time:week"], "limit": 5}
    assert set(errors(body)) == {"metrics", "filters", "dimensions"}


def test_the_days_of_a_range_are_named_inside_it():
    assert errors({"range": {"start_date": "2024-01-02", "end_date": "2024-01-01"}}) == {
        "range": {"end_date": ["2024-01-01 is before start_date 2024-01-02."]}
    }


@pytest.mark.parametrize("span", [{}, {"start_date": "2024-01-01"}, {"end_date": "2024-01-01"}])
def test_a_span_without_two_ends_has_no_previous_one(span):
    body = {"range": span} if span else {}
    assert errors(body | {"compare": "previous"}) == {"compare": ["Needs a range with a first and a last day."]}
    assert understood(body | {"compare": {"year": 2023}}).compare == Span.year(2023)


def test_two_spellings_of_a_field_stay_allowed_apart():
    tree = {"and": [{"eq": {"country": "DE"}}, {"eq": {"country_code": "FR"}}]}
    assert understood({"filters": tree}).where == And((In(Field.COUNTRY, ("DE",)), In(Field.COUNTRY, ("FR",))))


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
likely = st.sampled_from(
    [
        "views",
        "country",
        "time:day",
        "previous",
        "UTC",
        "totals",
        ["views"],
        ["time:day"],
        [["views", "desc"]],
        {"year": 2024},
    ]
)


@settings(deadline=None, max_examples=200)
@given(st.dictionaries(st.sampled_from([*QuestionBody().fields, "other"]), anything | likely, max_size=6))
def test_any_body_is_understood_or_refused(body):
    try:
        assert isinstance(understood(body), Question)
    except ValidationError as refusal:
        assert set(refusal.detail) <= {*body, "metrics", "order_by"}
