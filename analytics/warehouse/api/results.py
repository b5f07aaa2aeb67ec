"""Write the result of a question as the JSON of the query language."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from analytics.warehouse.api.question_echo import to_body, to_range
from analytics.warehouse.api.vocabulary import TIME, VOCABULARIES
from tally.growth import percent
from tally.question import Extra, Numbers, Question, Result, ResultRow


def to_json(question: Question, result: Result) -> dict[str, Any]:
    """Return the whole answer: rows, what was included, how it was made, and the question as it was understood."""
    extras = {Extra.TOTALS: result.totals, Extra.OTHER: result.other}
    return {
        "rows": to_rows(question, result),
        **{extra.value: _extra(question, row) for extra, row in extras.items() if extra in question.include},
        "meta": to_meta(question, result),
        "query": to_body(question),
    }


def to_rows(question: Question, result: Result) -> list[dict[str, Any]]:
    return [_row(question, row) for row in result.rows]


def to_meta(question: Question, result: Result) -> dict[str, Any]:
    compared = {"compared": to_range(result.compared_span)} if result.compared_span is not None else {}
    return {
        "as_of": result.as_of and result.as_of.isoformat(),
        "pending_days": result.pending_days,
        "time_zone": question.time_zone,
        "distinct": _distinct(question, result.standard_errors),
        "roll_up": result.roll_up,
        "partial": [to_time(period) for period in result.partial],
        "rows_before_limit": result.rows_before_limit,
        **compared,
    }


def to_headers(question: Question, result: Result) -> dict[str, str]:
    """Return the headers that say how fresh and how exact an answer is, in every format."""
    errors = [result.standard_errors[metric] for metric in question.metrics if metric in result.standard_errors]
    return {
        "X-Summaries-As-Of": result.as_of.isoformat() if result.as_of else "never",
        "X-Pending-Days": str(result.pending_days),
        "X-Distinct": f"approximate; standard error {max(errors):.2%}" if errors else "exact",
        "X-Time-Zone": question.time_zone,
    }


def to_time(period: date | datetime) -> str:
    """Return the name of a period: its first day, or its first hour as a local time.

    >>> to_time(date(2026, 1, 5)), to_time(datetime(2026, 1, 5, 13))
    ('2026-01-05', '2026-01-05T13:00')
    """
    return period.isoformat(timespec="minutes") if isinstance(period, datetime) else period.isoformat()


def change(now: int, before: int) -> float | None:
    """Return the change in percent, with two decimals; None if there is nothing to compare with.

    >>> change(812, 700), change(1, 0)
    (16.0, None)
    """
    return percent(now, before) if before else None


def _row(question: Question, row: ResultRow) -> dict[str, Any]:
    time = {TIME: row.time and to_time(row.time)} if question.unit else {}
    return {**time, **dict(zip(question.dimensions, row.values, strict=True)), **_figures(question, row)}


def _extra(question: Question, row: ResultRow | None) -> dict[str, Any] | None:
    return None if row is None else _figures(question, row)


def _figures(question: Question, row: ResultRow) -> dict[str, Any]:
    """Return the metrics, and those of the compared span if the question asks for one."""
    found: dict[str, Any] = {metric: row.numbers[metric] for metric in question.metrics}
    if question.compare is not None:
        found["compared"] = row.compared and _compared(question, row.numbers, row.compared)
    return found


def _compared(question: Question, now: Numbers, before: Numbers) -> dict[str, Any]:
    changes = {metric: change(now[metric], before[metric]) for metric in question.metrics}
    return {**{metric: before[metric] for metric in question.metrics}, "change": changes}


def _distinct(question: Question, errors: Mapping[str, float]) -> dict[str, Any]:
    """Return how each metric that counts distinct things was counted."""
    asked = [metric for metric in question.metrics if metric in VOCABULARIES[question.dataset].distinct]
    return {
        metric: {"method": "hll", "standard_error": round(errors[metric], 4)} if metric in errors else "exact"
        for metric in asked
    }
