"""From a result to the JSON of the query language."""

from datetime import UTC, date, datetime

from analytics.warehouse.api.results import to_headers, to_json
from tally.question import Comparison, Extra, Question, Result, ResultRow, TimeUnit
from tally.span import Span

NOON = datetime(2024, 3, 10, 12, tzinfo=UTC)
MARCH = Span(date(2024, 3, 1), date(2024, 4, 1))
FEBRUARY = Span(date(2024, 2, 1), date(2024, 3, 1))
QUESTION = Question("views", ("views", "blogs", "visitors"), MARCH, dimensions=("country",), limit=2)
GERMANY = {"code": "DE", "name": "Germany"}


def result(*rows, **more):
    return Result(rows, roll_up="country", as_of=NOON, pending_days=1, rows_before_limit=7, **more)


def row(value, views, blogs=1, visitors=1, compared=None, time=None):
    return ResultRow(time, (value,), {"views": views, "blogs": blogs, "visitors": visitors}, compared)


def test_a_row_has_a_key_for_each_dimension_and_metric():
    assert to_json(QUESTION, result(row(GERMANY, 5), row(None, 2)))["rows"] == [
        {"country": GERMANY, "views": 5, "blogs": 1, "visitors": 1},
        {"country": None, "views": 2, "blogs": 1, "visitors": 1},
    ]


def test_only_the_metrics_that_were_asked_for_are_shown():
    asked = Question("views", ("blogs",), MARCH, dimensions=("device",))
    assert to_json(asked, result(row("mobile", 5, 3)))["rows"] == [{"device": "mobile", "blogs": 3}]


def test_a_period_is_its_first_day_or_hour():
    for unit, time, shown in [
        (TimeUnit.WEEK, date(2024, 3, 4), "2024-03-04"),
        (TimeUnit.HOUR, datetime(2024, 3, 4, 13), "2024-03-04T13:00"),
    ]:
        asked = Question("views", ("views",), MARCH, unit=unit, dimensions=("country",))
        answer = to_json(asked, result(row(GERMANY, 5, time=time), partial=(time,)))
        assert answer["rows"] == [{"time": shown, "country": GERMANY, "views": 5}]
        assert answer["meta"]["partial"] == [shown]


def test_a_compared_row_has_the_other_numbers_and_the_change_in_percent():
    asked = Question("views", ("views", "blogs"), MARCH, dimensions=("country",), compare=Comparison.PREVIOUS)
    before = {"views": 700, "blogs": 0, "visitors": 1}
    answer = to_json(asked, result(row(GERMANY, 812, compared=before), row(None, 1), compared_span=FEBRUARY))
    assert answer["rows"][0]["compared"] == {"views": 700, "blogs": 0, "change": {"views": 16.0, "blogs": None}}
    assert answer["rows"][1]["compared"] is None
    assert answer["meta"]["compared"] == {"start_date": "2024-02-01", "end_date": "2024-02-29"}


def test_totals_and_others_are_there_if_they_are_asked_for():
    asked = Question(
        "views", ("views",), MARCH, dimensions=("country",), include=frozenset({Extra.TOTALS, Extra.OTHER})
    )
    answer = to_json(asked, result(row(GERMANY, 5), totals=ResultRow(None, (), {"views": 9})))
    assert (answer["totals"], answer["other"]) == ({"views": 9}, None)
    assert not {"totals", "other"} & to_json(QUESTION, result()).keys()


def test_meta_says_how_fresh_how_exact_and_from_where():
    answer = to_json(QUESTION, result(standard_errors={"visitors": 0.01625}))
    assert answer["meta"] == {
        "as_of": "2024-03-10T12:00:00+00:00",
        "pending_days": 1,
        "time_zone": "UTC",
        "distinct": {"blogs": "exact", "visitors": {"method": "hll", "standard_error": 0.0163}},
        "roll_up": "country",
        "partial": [],
        "rows_before_limit": 7,
    }
    assert answer["query"]["metrics"] == ["views", "blogs", "visitors"]


def test_the_headers_say_so_too():
    exact = Question("views", ("views",), MARCH)
    assert to_headers(QUESTION, result(standard_errors={"visitors": 0.01625})) == {
        "X-Summaries-As-Of": "2024-03-10T12:00:00+00:00",
        "X-Pending-Days": "1",
        "X-Distinct": "approximate; standard error 1.62%",
        "X-Time-Zone": "UTC",
    }
    never = Result((), roll_up="total", as_of=None, pending_days=0, rows_before_limit=0)
    assert to_headers(exact, never)["X-Summaries-As-Of"] == "never"
    assert to_headers(exact, never)["X-Distinct"] == "exact"
    assert to_json(exact, never)["meta"]["as_of"] is None
