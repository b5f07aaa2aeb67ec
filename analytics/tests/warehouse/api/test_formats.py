"""One answer as JSON, as CSV and as lines of JSON."""

import csv
import json
from datetime import UTC, date, datetime
from io import StringIO

import pytest
from django.test import RequestFactory

from analytics.warehouse.api.formats import columns, to_response, write_csv, write_ndjson
from tally.question import Comparison, Question, Result, ResultRow, TimeUnit
from tally.span import Span

MARCH = Span(date(2024, 3, 1), date(2024, 4, 1))
QUESTION = Question(
    "views", ("views",), MARCH, unit=TimeUnit.DAY, dimensions=("country", "blog"), compare=Comparison.PREVIOUS
)
ROWS = (
    ResultRow(
        date(2024, 3, 1),
        ({"code": "DE", "name": "Germany"}, {"id": 7, "title": 'Cats, "dogs"\r\nand more', "url": None}),
        {"views": 3},
        {"views": 4},
    ),
    ResultRow(date(2024, 3, 2), (None, {"id": 8, "title": "=1+1", "url": "a.example/é"}), {"views": 3}, {"views": 0}),
)
RESULT = Result(ROWS, roll_up="country", as_of=datetime(2024, 3, 10, tzinfo=UTC), pending_days=0, rows_before_limit=2)
EMPTY = Result((), roll_up="country", as_of=None, pending_days=0, rows_before_limit=0)
HEADER = [
    "time",
    "country.code",
    "country.name",
    "blog.id",
    "blog.title",
    "blog.url",
    "views",
    "compared.views",
    "change.views",
]


def answered(accept, question=QUESTION, result=RESULT):
    request = RequestFactory().post("/", headers={"Accept": accept} if accept else {})
    return to_response(request, question, result)


def test_csv_has_a_header_and_a_column_for_each_part_of_a_value():
    assert list(csv.reader(StringIO(write_csv(QUESTION, RESULT).decode(), newline=""))) == [
        HEADER,
        ["2024-03-01", "DE", "Germany", "7", 'Cats, "dogs"\r\nand more', "", "3", "4", "-25.0"],
        ["2024-03-02", "", "", "8", "'=1+1", "a.example/é", "3", "0", ""],
    ]


def test_csv_ends_each_line_as_the_rfc_says_and_quotes_what_needs_it():
    lines = write_csv(QUESTION, RESULT).split(b"\r\n")
    assert lines[1] == b'2024-03-01,DE,Germany,7,"Cats, ""dogs""'
    assert lines[-1] == b""


def test_csv_without_rows_is_its_header():
    assert write_csv(QUESTION, EMPTY).decode() == ",".join(HEADER) + "\r\n"
    assert columns(Question("events", ("events", "sessions"), MARCH)) == ["events", "sessions"]


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@A1", " =1", "\t1", "\r1", "\n=1"])
def test_no_cell_is_run_as_a_formula(text):
    asked = Question("views", ("views",), MARCH, dimensions=("campaign",))
    result = Result((ResultRow(None, (text,), {"views": 1}),), "campaign", None, 0, 1)
    rows = list(csv.reader(StringIO(write_csv(asked, result).decode(), newline="")))
    assert rows[1] == [f"'{text}", "1"]


def test_lines_of_json_are_the_rows():
    lines = write_ndjson(QUESTION, RESULT).decode().splitlines()
    assert [json.loads(line) for line in lines] == json.loads(answered("application/json").content)["rows"]
    assert write_ndjson(QUESTION, EMPTY) == b""


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/html", "application/json"),
        ("application/*", "application/json"),
        ("text/*", "text/csv; charset=utf-8"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("TEXT/CSV; charset=utf-8; header=present", "text/csv; charset=utf-8"),
        ("text/csv, */*;q=0.1", "text/csv; charset=utf-8"),
        ("text/csv;q=0.5, application/x-ndjson;q=0.6", "application/x-ndjson"),
        ("text/csv;q=0, application/json", "application/json"),
        ("application/problem+json, application/x-ndjson", "application/x-ndjson"),
        (";;;, /, text/csv;q=nan", "text/csv; charset=utf-8"),
    ],
)
def test_the_client_chooses_the_format(accept, media_type):
    assert answered(accept)["Content-Type"] == media_type


def test_every_format_says_how_fresh_it_is():
    for accept in ("application/json", "text/csv", "application/x-ndjson"):
        answer = answered(accept)
        assert answer["X-Summaries-As-Of"] == "2024-03-10T00:00:00+00:00"
        assert (answer["X-Pending-Days"], answer["X-Distinct"], answer["Vary"]) == ("0", "exact", "Accept")
