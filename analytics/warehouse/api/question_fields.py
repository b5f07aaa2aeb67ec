"""The fields of a question whose rules do not depend on other fields."""

from collections.abc import Collection, Sequence
from typing import Any

from rest_framework import serializers

from analytics.http.fields import Day, Integer
from analytics.warehouse.api.serializers import RANGES, ClosedBody
from tally.errors import BadZone
from tally.question import Comparison
from tally.span import Span
from tally.zones import Zone

MAX_SHOWN = 40
"""The most characters of a word that an error repeats."""
DIRECTIONS = {"asc": False, "desc": True}
WRONG_RANGE = (
    f"Must be one of: {', '.join(RANGES)}; or an object with year, or with start_date and end_date or one of them."
)
WRONG_COMPARISON = f"Must be {' or '.join(each.value for each in Comparison)}, or an object as in range."
WRONG_ORDER = 'Must be a list of pairs, as in [["views", "desc"]].'
Order = tuple[tuple[str, bool], ...]


def shown(word: Any) -> str:
    return f'"{str(word)[:MAX_SHOWN]}"'


class Word(serializers.Field[str, Any, str, None]):
    """One of some words."""

    def __init__(self, what: str, words: Collection[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._what, self._words = what, words

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or data not in self._words:
            known = ", ".join(sorted(self._words))
            raise serializers.ValidationError(f"{shown(data)} is not {self._what}. Must be one of: {known}.")
        return data


class ZoneName(serializers.Field[str, Any, str, None]):
    """The name of a time zone, whether or not it is declared."""

    def to_internal_value(self, data: Any) -> str:
        try:
            return Zone.named(data if isinstance(data, str) else "").name
        except BadZone as error:
            raise serializers.ValidationError(
                f"{shown(data)} is not the name of a time zone, as Europe/Berlin."
            ) from error


class Words(serializers.Field[tuple[str, ...], Any, list[str], None]):
    """A list of different words."""

    def to_internal_value(self, data: Any) -> tuple[str, ...]:
        if not isinstance(data, list) or not all(isinstance(word, str) for word in data):
            raise serializers.ValidationError("Must be a list of words.")
        if len(set(data)) < len(data):
            raise serializers.ValidationError(f"Names {shown(first_repeated(data))} twice.")
        return tuple(data)


class DaysBody(ClosedBody):
    """The object that states the days of a question: a year, or the first and the last day."""

    year = Integer(required=False, min_value=2000, max_value=2100)
    start_date = Day(required=False)
    end_date = Day(required=False)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if "year" in given and len(given) > 1:
            raise serializers.ValidationError({"year": ["Cannot stand beside start_date and end_date."]})
        start, end = given.get("start_date"), given.get("end_date")
        if start and end and end < start:
            raise serializers.ValidationError({"end_date": [f"{end} is before start_date {start}."]})
        return given


DAYS_BODY = DaysBody()
"""One for all questions: it keeps nothing of them."""


class RangeField(serializers.Field[Span | int, Any, Any, None]):
    """The days of a question: a span, or the number of days up to today."""

    def to_internal_value(self, data: Any) -> Span | int:
        if isinstance(data, str) and data in RANGES:
            return RANGES[data]
        if not isinstance(data, dict):
            raise serializers.ValidationError(WRONG_RANGE)
        return _stated_span(data, WRONG_RANGE)


class ComparisonField(serializers.Field[Comparison | Span, Any, Any, None]):
    def to_internal_value(self, data: Any) -> Comparison | Span:
        if isinstance(data, dict):
            return _stated_span(data, WRONG_COMPARISON)
        if not isinstance(data, str) or data not in [each.value for each in Comparison]:
            raise serializers.ValidationError(WRONG_COMPARISON)
        return Comparison(data)


class OrderField(serializers.Field[Order, Any, Any, None]):
    """A list of pairs of a dimension or a metric and a direction."""

    def to_internal_value(self, data: Any) -> Order:
        if not isinstance(data, list):
            raise serializers.ValidationError(WRONG_ORDER)
        return tuple(self._pair(each) for each in data)

    def _pair(self, pair: Any) -> tuple[str, bool]:
        if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(word, str) for word in pair):
            raise serializers.ValidationError(WRONG_ORDER)
        word, direction = pair
        if direction not in DIRECTIONS:
            raise serializers.ValidationError(f"{shown(direction)} must be asc or desc.")
        return word, DIRECTIONS[direction]


class AnyJson(serializers.Field[Any, Any, Any, None]):
    """A value that is checked later, because its rules follow from other fields."""

    def to_internal_value(self, data: Any) -> Any:
        return data


def _stated_span(data: dict[Any, Any], empty: str) -> Span:
    if not data:
        raise serializers.ValidationError(empty)
    days = DAYS_BODY.run_validation(data)
    return Span.year(days["year"]) if "year" in days else Span.closed(days.get("start_date"), days.get("end_date"))


def first_repeated(words: Sequence[str]) -> str:
    return next(word for number, word in enumerate(words) if word in words[:number])
