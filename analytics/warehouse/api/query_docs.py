"""The documentation of the query language in Swagger UI and ReDoc."""

from typing import Any

from analytics.http.operations import (
    BEARER,
    KEY,
    WITH_BODY,
    Description,
    Schema,
    also_as,
    array,
    body,
    integer,
    invalid,
    mapping,
    moment,
    named_object,
    nullable,
    one_of,
    refusals,
    response,
    text,
)
from analytics.http.problems import PROBLEM_JSON, problem
from analytics.warehouse.api.docs import FRESHNESS, NOT_HELD, NOT_HELD_EXAMPLE
from analytics.warehouse.api.formats import CSV, JSON, NDJSON
from analytics.warehouse.api.question import DEFAULT_ROWS, MAX_OFFSET, MAX_ROWS
from analytics.warehouse.api.question_fields import DIRECTIONS
from analytics.warehouse.api.serializers import RANGES
from analytics.warehouse.api.vocabulary import DEFAULT_DATASET, TIME_UNITS, VOCABULARIES
from tally.question import Comparison, Extra

QUESTION_EXAMPLE: dict[str, Any] = {
    "dataset": "views",
    "metrics": ["views", "blogs"],
    "range": {"start_date": "2026-01-05", "end_date": "2026-01-11"},
    "dimensions": ["time:week", "country"],
    "filters": {"not": {"eq": {"country": None}}},
    "compare": "previous",
    "limit": 1,
    "include": ["totals", "other"],
}
COMPARED_EXAMPLE = {"views": 700, "blogs": 61, "change": {"views": 16.0, "blogs": 0.0}}
FIGURES_EXAMPLE = {"views": 812, "blogs": 61, "compared": COMPARED_EXAMPLE}
ROW_EXAMPLE = {"time": "2026-01-05", "country": {"code": "DE", "name": "Germany"}, **FIGURES_EXAMPLE}
ANSWER_EXAMPLE = {
    "rows": [ROW_EXAMPLE],
    "totals": FIGURES_EXAMPLE,
    "other": None,
    "meta": {
        "as_of": "2026-01-12T00:01:00+00:00",
        "pending_days": 0,
        "time_zone": "UTC",
        "distinct": {"blogs": "exact"},
        "roll_up": "country",
        "partial": [],
        "rows_before_limit": 1,
        "compared": {"start_date": "2025-12-29", "end_date": "2026-01-04"},
    },
    "query": {
        **QUESTION_EXAMPLE,
        "time_zone": "UTC",
        "order_by": [["time", "asc"], ["views", "desc"]],
        "offset": 0,
    },
}
CSV_EXAMPLE = (
    "time,country.code,country.name,views,blogs,compared.views,compared.blogs,change.views,change.blogs\r\n"
    "2026-01-05,DE,Germany,812,61,700,61,16.0,0.0\r\n"
)
NDJSON_EXAMPLE = (
    '{"time":"2026-01-05","country":{"code":"DE","name":"Germany"},"views":812,"blogs":61,'
    '"compared":{"views":700,"blogs":61,"change":{"views":16.0,"blogs":0.0}}}\n'
)
INVALID_EXAMPLE = {"limit": ["Ensure this value is less than or equal to 10000."]}
METRICS = sorted({metric for vocabulary in VOCABULARIES.values() for metric in vocabulary.metrics})
DIMENSIONS = [*TIME_UNITS, *(name for vocabulary in VOCABULARIES.values() for name in vocabulary.dimensions)]
DAYS = named_object(
    "Days",
    {
        "year": integer("a calendar year, and nothing else", minimum=2000, maximum=2100),
        "start_date": text("the first day, included; a datetime counts as its day", format="date"),
        "end_date": text("the last day, included", format="date"),
    },
    optional=("year", "start_date", "end_date"),
    additionalProperties=False,
    example={"start_date": "2026-01-01", "end_date": "2026-03-31"},
)
ANYTHING: Schema = {"type": "object"}
ORDER = array(array(text(), minItems=2, maxItems=2), description=f"pairs of a word and {' or '.join(DIRECTIONS)}")


def _words(words: list[str], what: str, **more: Any) -> Schema:
    return array({"type": "string", "enum": words}, description=what, uniqueItems=True, **more)


QUESTION_FIELDS: dict[str, Schema] = {
    "dataset": text(enum=list(VOCABULARIES), default=DEFAULT_DATASET),
    "metrics": _words(METRICS, "views, blogs and visitors of views; events and sessions of events", minItems=1),
    "range": one_of(
        text(enum=list(RANGES)), DAYS, description="the last 1, 7, 30 or 365 days, or these; all time unless given"
    ),
    "time_zone": text("a declared zone, by its IANA name; the first declared one unless given"),
    "dimensions": _words(DIMENSIONS, "what a row stands for: a time, and at most two more"),
    "filters": {**ANYTHING, "description": "a tree of and, or, not, eq and in over the dimensions"},
    "compare": one_of(text(enum=[each.value for each in Comparison]), DAYS, description="the span to compare with"),
    "order_by": {**ORDER, "description": f"{ORDER['description']}; by time and the first metric unless given"},
    "limit": integer(minimum=1, maximum=MAX_ROWS, default=DEFAULT_ROWS),
    "offset": integer(minimum=0, maximum=MAX_OFFSET, default=0),
    "include": _words([each.value for each in Extra], "what the answer holds beside its rows"),
}
QUESTION = named_object(
    "Question",
    QUESTION_FIELDS,
    optional=list(QUESTION_FIELDS),
    additionalProperties=False,
    example=QUESTION_EXAMPLE,
)
FIGURES: Schema = {**ANYTHING, "x-nullable": True}
META = named_object(
    "AnswerMeta",
    {
        "as_of": nullable(moment("time of the last roll-up in the answer")),
        "pending_days": integer("days of the range that changed since"),
        "time_zone": text("the zone of days and hours"),
        "distinct": mapping(one_of(text("exact"), ANYTHING)),
        "roll_up": text("the roll-up that was read"),
        "partial": array(text("a period that is not over")),
        "rows_before_limit": integer(),
        "compared": DAYS,
    },
    optional=("compared",),
)
ANSWER = named_object(
    "QueryAnswer",
    {
        "rows": array({**ANYTHING, "description": "the time, each dimension, each metric, and the compared figures"}),
        "totals": {**FIGURES, "description": "the figures of everything that matches"},
        "other": {**FIGURES, "description": "the figures of the rows that the limit cut off"},
        "meta": META,
        "query": {**ANYTHING, "description": "the question as it was understood, with every default"},
    },
    optional=("totals", "other"),
)
QUERY: Description = {
    "operation_id": "query",
    "tags": ["analytics"],
    "security": [BEARER, KEY],
    "operation_summary": "Any question about views or events",
    "operation_description": "Metrics by a time and up to two dimensions, filtered, compared, ordered and cut. Answers "
    f"in `{JSON}`, `{CSV}` or `{NDJSON}`, whichever `Accept` prefers; errors also as `{PROBLEM_JSON}`. A question that "
    "the summaries do not hold is refused with 422, which says what to declare. docs/api.md explains the language."
    + FRESHNESS,
    "request_body": body(QUESTION),
    "produces": [JSON, CSV, NDJSON, PROBLEM_JSON],
    "responses": {
        200: also_as(
            response(
                "The rows, what was included, how they were made, and the question as it was understood",
                ANSWER,
                ANSWER_EXAMPLE,
                X_Summaries_As_Of=text("time of the last roll-up in the answer, or never"),
                X_Pending_Days=integer("days of the range that changed since"),
                X_Distinct=text("exact, or approximate with the standard error"),
                X_Time_Zone=text("the zone of the question"),
            ),
            {CSV: CSV_EXAMPLE, NDJSON: NDJSON_EXAMPLE},
        ),
        400: also_as(invalid(INVALID_EXAMPLE), {PROBLEM_JSON: problem(400, INVALID_EXAMPLE)}),
        422: also_as(
            NOT_HELD,
            {PROBLEM_JSON: problem(422, NOT_HELD_EXAMPLE)},
        ),
        **refusals(401, 403, *WITH_BODY),
    },
}
