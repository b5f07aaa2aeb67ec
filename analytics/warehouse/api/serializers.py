"""Parse JSON into a `Query`. The serializers check and document each field and put the question together."""

from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache
from typing import Any, Generic, TypeVar

import msgspec
from rest_framework import serializers

from analytics import conf
from analytics.http.fields import CountryCodes, Day, Integer, Text
from analytics.warehouse.api.filter_tree import MAX_ID, BadCondition, parsed
from tally.query import By, Metric, Query
from tally.span import Grain, Span
from tally.where import EVERYTHING, And, Field, In, Not, Where

RANGES = {"day": 1, "week": 7, "month": 30, "year": 365}
GRAINS = {grain.name.lower(): grain for grain in Grain}
GROUPED = {"country": By.COUNTRY, "user": By.AUTHOR}
TOP = {"blog": By.BLOG, "user": By.AUTHOR, "country": By.COUNTRY}
DEFAULT_LIMIT = 10
"""The number of rows of a top list without a limit."""

Given = TypeVar("Given", By, None)
"""What the URL says a question is by; None where its body says it."""


class Condition(serializers.Field[Where, Any, Any, None]):
    """A tree of and, or, not, eq and in over country, author and blog."""

    class Meta:
        swagger_schema_fields = {"type": "object"}

    def to_internal_value(self, data: Any) -> Where:
        try:
            return parsed(data)
        except BadCondition as error:
            raise serializers.ValidationError(str(error)) from error

    def to_representation(self, value: Where) -> Any:
        return value


def closed(example: dict[str, Any]) -> dict[str, Any]:
    """Return what the API documentation says of a body that has no other fields, with an example."""
    return {"example": example, "additionalProperties": False}


class ClosedBody(serializers.Serializer[None]):
    """A JSON object of known fields. Others are refused."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if isinstance(data, dict) and (unknown := [str(name) for name in data if name not in self.fields]):
            known = ", ".join(self.fields)
            raise serializers.ValidationError({name[:100]: [f"Unknown field. Known are: {known}."] for name in unknown})
        checked: dict[str, Any] = super().to_internal_value(data)
        return checked


class Dates(ClosedBody, Generic[Given]):
    """The days that a question is about."""

    year = Integer(required=False, min_value=2000, max_value=2100, help_text="wins over range and dates")
    range = serializers.ChoiceField(
        list(RANGES), required=False, help_text="the last 1, 7, 30 or 365 days, today included; wins over dates"
    )
    start_date = Day(required=False, help_text="included; a datetime counts as its day")
    end_date = Day(required=False, help_text="included")

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        start, end = given.get("start_date"), given.get("end_date")
        if start and end and end < start and not ("year" in given or "range" in given):
            raise serializers.ValidationError({"end_date": [f"{end} is before start_date {start}."]})
        return given

    def span(self, given: Mapping[str, Any], today: date) -> Span:
        if "year" in given:
            return Span.year(given["year"])
        if "range" in given:
            return Span.last(RANGES[given["range"]], today)
        return Span.closed(given.get("start_date"), given.get("end_date"))

    def query(self, given: Mapping[str, Any], by: Given, today: date) -> Query:
        """Return the question of validated data."""
        raise NotImplementedError


class ViewFilters(Dates[By]):
    """The filters of all questions about views. They are combined with AND."""

    country_codes = CountryCodes(required=False, help_text="any of these, in either case")
    exclude_country_codes = CountryCodes(required=False, help_text="none of these; views of unknown country stay")
    author_username = Text(required=False, max_length=150, help_text="exact")
    blog_id = Integer(required=False, min_value=1, max_value=MAX_ID)
    filters = Condition(required=False, help_text='a tree, as {"not": {"eq": {"country": null}}}')

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        given = super().validate(given)
        both = set(given.get("country_codes", ())) & set(given.get("exclude_country_codes", ()))
        if both:
            named = ", ".join(sorted(both))
            raise serializers.ValidationError({"exclude_country_codes": [f"Also in country_codes: {named}."]})
        return given

    def where(self, given: Mapping[str, Any]) -> Where:
        parts: list[Where] = []
        if "country_codes" in given:
            parts.append(In(Field.COUNTRY, tuple(given["country_codes"])))
        if "exclude_country_codes" in given:
            parts.append(Not(In(Field.COUNTRY, tuple(given["exclude_country_codes"]))))
        if "author_username" in given:
            parts.append(In(Field.AUTHOR, (given["author_username"],)))
        if "blog_id" in given:
            parts.append(In(Field.BLOG, (given["blog_id"],)))
        if "filters" in given:
            parts.append(given["filters"])
        return And(tuple(parts)) if parts else EVERYTHING


class GroupedFilters(ViewFilters):
    class Meta:
        swagger_schema_fields = closed({"range": "month", "exclude_country_codes": ["de"]})

    def query(self, given: Mapping[str, Any], by: By, today: date) -> Query:
        return Query(by, self.span(given, today), self.where(given))


class TopFilters(ViewFilters):
    class Meta:
        swagger_schema_fields = closed({"year": 2025, "filters": {"not": {"eq": {"country": None}}}, "limit": 5})

    limit = Integer(
        required=False, min_value=1, max_value=1000, help_text=f"the number of rows, {DEFAULT_LIMIT} by default"
    )

    def query(self, given: Mapping[str, Any], by: By, today: date) -> Query:
        return Query(by, self.span(given, today), self.where(given), limit=given.get("limit", DEFAULT_LIMIT))


class PerformanceFilters(ViewFilters):
    class Meta:
        swagger_schema_fields = closed({"start_date": "2025-01-01", "compare": "week", "gaps": "fill"})

    compare = serializers.ChoiceField(
        list(GRAINS), required=False, help_text="the period; chosen by the span of the matching views unless given"
    )
    gaps = serializers.ChoiceField(["omit", "fill"], required=False, help_text="fill: empty periods are rows of zeros")

    def query(self, given: Mapping[str, Any], by: By, today: date) -> Query:
        grain = GRAINS[given["compare"]] if "compare" in given else None
        fill = given.get("gaps") == "fill"
        span, where = self.span(given, today), self.where(given)
        return Query(by, span, where, grain=grain, fill=fill, metric=conf.performance_metric())


MAX_CACHED_BYTES = 2_000
"""The longest body whose parsed question is cached, in bytes."""


def question(filters: type[Dates[Given]], by: Given, given: Any, today: date) -> Query:
    """Return the query that a body states. Raise ValidationError, by field, if it states none."""
    try:
        text = msgspec.json.encode(given)
    except TypeError:  # a Python caller's own kind of object
        return _checked(filters, by, given, today)
    if len(text) > MAX_CACHED_BYTES:
        return _checked(filters, by, given, today)
    return _cached_query(filters, by, text, today, conf.performance_metric())


def _checked(filters: type[Dates[Given]], by: Given, given: Any, today: date) -> Query:
    shared = _shared(filters)
    try:
        checked = shared.run_validation(given)
    except serializers.ValidationError:
        filters(data=given).is_valid(raise_exception=True)  # which also words the errors of what is no object
        raise
    return shared.query(checked, by, today)


@cache
def _shared(filters: type[Dates[Given]]) -> Dates[Given]:
    """Return one serializer for all questions: it keeps nothing of them. To make one copies each field, which
    takes ten times as long as to check a body."""
    return filters()


@lru_cache(maxsize=1024)
def _cached_query(filters: type[Dates[Given]], by: Given, text: bytes, today: date, metric: Metric) -> Query:
    """Cache parsed questions: checking one costs as much as answering it from the cache, and questions repeat."""
    return _checked(filters, by, msgspec.json.decode(text), today)
