"""Parse the JSON of the query language into a `Question`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

import msgspec
from rest_framework import serializers

from analytics import conf
from analytics.http.fields import Integer
from analytics.warehouse.api.filter_tree import BadCondition, parsed
from analytics.warehouse.api.question_fields import (
    AnyJson,
    ComparisonField,
    Order,
    OrderField,
    RangeField,
    Word,
    Words,
    ZoneName,
    first_repeated,
    shown,
)
from analytics.warehouse.api.serializers import MAX_CACHED_BYTES, ClosedBody
from analytics.warehouse.api.vocabulary import DEFAULT_DATASET, TIME, TIME_UNITS, VOCABULARIES, Vocabulary
from tally.question import COMPARED_ORDERS, MAX_DIMENSIONS, Comparison, Extra, Question, TimeUnit
from tally.span import CALENDAR_END, CALENDAR_START, EVER, Span
from tally.where import EVERYTHING

DEFAULT_ROWS = 100
MAX_ROWS = 10_000
MAX_OFFSET = 1_000_000_000
NEEDS_BOTH_ENDS = "Needs a range with a first and a last day."


class QuestionBody(ClosedBody):
    """A question of the query language. Every field has a default."""

    dataset = Word("a dataset", tuple(VOCABULARIES), default=DEFAULT_DATASET)
    metrics = Words(required=False)
    range = RangeField(default=EVER)
    time_zone = ZoneName(required=False)
    dimensions = Words(default=())
    filters = AnyJson(required=False)
    compare = ComparisonField(default=None)
    order_by = OrderField(default=())
    limit = Integer(default=DEFAULT_ROWS, min_value=1, max_value=MAX_ROWS)
    offset = Integer(default=0, min_value=0, max_value=MAX_OFFSET)
    include = Words(default=())

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        vocabulary = VOCABULARIES[given["dataset"]]
        given.setdefault("metrics", vocabulary.default_metrics)
        given["where"] = EVERYTHING
        errors = {field: reason for field, check in CHECKS.items() if (reason := check(given, vocabulary))}
        if "filters" in given:
            try:
                given["where"] = parsed(given["filters"], vocabulary.filter_fields)
            except BadCondition as error:
                errors["filters"] = str(error)
        if errors:
            raise serializers.ValidationError({field: [reason] for field, reason in errors.items()})
        return given


BODY = QuestionBody()
"""One for all questions: it keeps nothing of them, and to make one takes longer than to check a body."""


def _check_metrics(given: Mapping[str, Any], vocabulary: Vocabulary) -> str | None:
    return _unknown(given["metrics"], vocabulary.metrics) if given["metrics"] else "Needs at least one metric."


def _check_dimensions(given: Mapping[str, Any], vocabulary: Vocabulary) -> str | None:
    named: tuple[str, ...] = given["dimensions"]
    times = [word for word in named if word in TIME_UNITS]
    if unknown := _unknown(named, (*TIME_UNITS, *vocabulary.dimensions)):
        return unknown
    if len(times) > 1:
        return f"At most one time dimension, not {' and '.join(times)}."
    too_many = len(named) - len(times) > MAX_DIMENSIONS
    return f"At most {MAX_DIMENSIONS} dimensions beside the time." if too_many else None


def _check_order(given: Mapping[str, Any], _: Vocabulary) -> str | None:
    words = [word for word, _ in given["order_by"]]
    compared = COMPARED_ORDERS if given["compare"] is not None else ()
    sortable = [*given["metrics"], *given["dimensions"], *([TIME] if _unit(given) else []), *compared]
    if unknown := _unknown(words, sortable):
        return unknown
    words = [TIME if word in TIME_UNITS else word for word in words]
    return f"Names {shown(first_repeated(words))} twice." if len(set(words)) < len(words) else None


def _check_include(given: Mapping[str, Any], _: Vocabulary) -> str | None:
    if unknown := _unknown(given["include"], [extra.value for extra in Extra]):
        return unknown
    return "gaps needs a time dimension." if Extra.GAPS.value in given["include"] and not _unit(given) else None


def _check_compare(given: Mapping[str, Any], _: Vocabulary) -> str | None:
    span = given["range"]
    unbounded = isinstance(span, Span) and (span.start == CALENDAR_START or span.end == CALENDAR_END)
    return NEEDS_BOTH_ENDS if unbounded and isinstance(given["compare"], Comparison) else None


CHECKS: Mapping[str, Callable[[Mapping[str, Any], Vocabulary], str | None]] = {
    "metrics": _check_metrics,
    "dimensions": _check_dimensions,
    "order_by": _check_order,
    "include": _check_include,
    "compare": _check_compare,
}
"""What the fields must satisfy together: each check returns what is wrong with a field."""


def _unknown(words: Sequence[str], known: Sequence[str]) -> str | None:
    wrong = next((word for word in words if word not in known), None)
    return None if wrong is None else f"{shown(wrong)} is not one of: {', '.join(known) or 'none'}."


def _unit(given: Mapping[str, Any]) -> TimeUnit | None:
    return next((TIME_UNITS[word] for word in given["dimensions"] if word in TIME_UNITS), None)


@dataclass(frozen=True, slots=True)
class ParsedBody:
    """A question without its zone and its days, where these follow from the settings or the clock."""

    question: Question
    zone: str | None
    last_days: int | None

    def completed(self, zone: str, today: date) -> Question:
        span = self.question.span if self.last_days is None else Span.last(self.last_days, today)
        return replace(self.question, span=span, time_zone=zone)


def question_of(body: Any, today_in: Callable[[str], date]) -> Question:
    """Return the question that a body states. Raise ValidationError, by field, if it states none. A range such as the
    last 7 days ends with today in the zone of the question."""
    found = _parsed_body(body)
    zone = found.zone or conf.first_zone()
    return found.completed(zone, today_in(zone))


def _parsed_body(body: Any) -> ParsedBody:
    try:
        text = msgspec.json.encode(body)
    except (TypeError, ValueError, OverflowError, RecursionError):  # a Python caller's own kind of object
        return _checked(body)
    return _cached(text) if len(text) <= MAX_CACHED_BYTES else _checked(msgspec.json.decode(text))


@lru_cache(maxsize=1024)
def _cached(text: bytes) -> ParsedBody:
    return _checked(msgspec.json.decode(text))


def _checked(body: Any) -> ParsedBody:
    given = BODY.run_validation(body)
    unit, days = _unit(given), given["range"]
    dimensions = tuple(word for word in given["dimensions"] if word not in TIME_UNITS)
    question = Question(
        dataset=given["dataset"],
        metrics=given["metrics"],
        span=days if isinstance(days, Span) else EVER,
        unit=unit,
        dimensions=dimensions,
        where=given["where"],
        compare=given["compare"],
        order_by=_order(given, unit),
        limit=given["limit"],
        offset=given["offset"],
        include=frozenset(map(Extra, given["include"])),
    )
    return ParsedBody(question, given.get("time_zone"), None if isinstance(days, Span) else days)


def _order(given: Mapping[str, Any], unit: TimeUnit | None) -> Order:
    """Return the order that was asked for, or else by time, then by the first metric, most first."""
    if given["order_by"]:
        return tuple((TIME if word in TIME_UNITS else word, descends) for word, descends in given["order_by"])
    by_time: Order = ((TIME, False),) if unit else ()
    by_metric: Order = ((given["metrics"][0], True),) if len(given["dimensions"]) > len(by_time) else ()
    return by_time + by_metric
