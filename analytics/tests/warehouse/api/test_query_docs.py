"""What the documents of the API say of the query language is what it does."""

import csv
import json
from datetime import UTC, date, datetime
from io import StringIO

from analytics.warehouse.api import query_docs
from analytics.warehouse.api.formats import write_csv, write_ndjson
from analytics.warehouse.api.question import BODY, question_of
from analytics.warehouse.api.results import to_json
from tally.question import Result, ResultRow
from tally.span import Span

ASKED = question_of(query_docs.QUESTION_EXAMPLE, lambda zone: date(2026, 1, 12))
NOW, BEFORE = {"views": 812, "blogs": 61}, {"views": 700, "blogs": 61}
RESULT = Result(
    (ResultRow(date(2026, 1, 5), ({"code": "DE", "name": "Germany"},), NOW, BEFORE),),
    roll_up="country",
    as_of=datetime(2026, 1, 12, 0, 1, tzinfo=UTC),
    pending_days=0,
    rows_before_limit=1,
    totals=ResultRow(None, (), NOW, BEFORE),
    compared_span=Span(date(2025, 12, 29), date(2026, 1, 5)),
)


def test_every_field_is_described():
    assert query_docs.QUESTION_FIELDS.keys() == BODY.fields.keys()


def test_the_example_of_an_answer_is_the_answer_to_the_example_of_a_question():
    assert to_json(ASKED, RESULT) == query_docs.ANSWER_EXAMPLE
    assert write_csv(ASKED, RESULT).decode() == query_docs.CSV_EXAMPLE
    assert write_ndjson(ASKED, RESULT).decode() == query_docs.NDJSON_EXAMPLE


def test_the_examples_of_tables_have_the_figures_of_the_json():
    (row,) = csv.DictReader(StringIO(query_docs.CSV_EXAMPLE, newline=""))
    assert json.loads(query_docs.NDJSON_EXAMPLE) == query_docs.ANSWER_EXAMPLE["rows"][0]
    assert (row["country.code"], row["change.views"]) == ("DE", "16.0")
