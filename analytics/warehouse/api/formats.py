"""Write an answer in the format that the client prefers: JSON, CSV, or one JSON object a line."""

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from io import StringIO
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse

from analytics.http.negotiation import preferred_type
from analytics.warehouse.api.results import to_headers, to_json, to_rows
from analytics.warehouse.api.vocabulary import PARTS, TIME
from tally.question import Question, Result

JSON = "application/json"
CSV = "text/csv"
NDJSON = "application/x-ndjson"
FORMULA = re.compile(r"\s*[=+\-@]|[\t\r]")
"""The beginning of a text that a spreadsheet would run as a formula."""


def to_response(request: HttpRequest, question: Question, result: Result) -> HttpResponse:
    """Return an answer in the format that the client prefers, JSON unless it names another one."""
    media_type = preferred_type(request, list(WRITERS)) or JSON
    body = WRITERS[media_type](question, result)
    charset = "; charset=utf-8" if media_type == CSV else ""
    return HttpResponse(body, f"{media_type}{charset}", headers={"Vary": "Accept", **to_headers(question, result)})


def write_json(question: Question, result: Result) -> bytes:
    return msgspec.json.encode(to_json(question, result))


def write_ndjson(question: Question, result: Result) -> bytes:
    return b"".join(msgspec.json.encode(row) + b"\n" for row in to_rows(question, result))


def write_csv(question: Question, result: Result) -> bytes:
    """Return the rows as RFC 4180 says, below a header. A value with several parts has a column for each."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(columns(question))
    writer.writerows([_safe(cell) for cell in _cells(question, row)] for row in to_rows(question, result))
    return text.getvalue().encode()


def columns(question: Question) -> list[str]:
    """Return the header: it follows from the question alone, so it is there without rows too."""
    time = [TIME] if question.unit else []
    parts = [f"{name}.{part}" if part else name for name in question.dimensions for part in PARTS.get(name, ("",))]
    compared = [f"{kind}.{metric}" for kind in ("compared", "change") for metric in question.metrics]
    return [*time, *parts, *question.metrics, *(compared if question.compare is not None else [])]


def _cells(question: Question, row: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the cells of a row, in the order of the header. An unknown value is None."""
    if question.unit:
        yield row[TIME]
    for name in question.dimensions:
        value = row[name]
        yield from [value and value[part] for part in PARTS[name]] if name in PARTS else [value]
    yield from (row[metric] for metric in question.metrics)
    if question.compare is not None:
        compared = row["compared"] or {"change": {}}
        yield from (compared.get(metric) for metric in question.metrics)
        yield from (compared["change"].get(metric) for metric in question.metrics)


def _safe(cell: Any) -> Any:
    """Return a cell that no spreadsheet runs as a formula.

    >>> _safe('=HYPERLINK("a")'), _safe(-5.5), _safe("plain")
    ('\\'=HYPERLINK("a")', -5.5, 'plain')
    """
    return f"'{cell}" if isinstance(cell, str) and FORMULA.match(cell) else cell


WRITERS: Mapping[str, Callable[[Question, Result], bytes]] = {JSON: write_json, CSV: write_csv, NDJSON: write_ndjson}
"""The formats, the default first."""
