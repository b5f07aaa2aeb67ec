"""Serializer fields that convert no types: "5" is not 5, true is not 1, and a text is not a list."""

from datetime import date, datetime
from typing import Any

from rest_framework import serializers

from analytics.sources.files.log_record import Skip
from analytics.sources.messages import timestamps
from analytics.sources.url_spelling import MAX_HOST, BadUrl, normal_host


class Integer(serializers.IntegerField):
    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return data


class Text(serializers.CharField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return data


class HostName(serializers.CharField):
    """A host, which is read in its one spelling."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MAX_HOST, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        try:
            return normal_host(super().to_internal_value(data))
        except BadUrl as error:
            raise serializers.ValidationError(str(error)) from error


class TextList(serializers.ListField):
    """A list of one or more texts, of which any may match."""

    class Meta:
        swagger_schema_fields = {"minItems": 1}

    child = Text(max_length=255)

    def __init__(self, noun: str, **kwargs: Any) -> None:
        empty = f"Cannot be an empty list. Omit the field or provide at least one {noun}."
        super().__init__(allow_empty=False, max_length=1000, error_messages={"empty": empty}, **kwargs)


class CountryCodes(TextList):
    """A list of country codes, converted to upper case."""

    child = Text(max_length=100)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("country code", **kwargs)

    def to_internal_value(self, data: Any) -> list[str]:
        return [code.upper() for code in super().to_internal_value(data)]


class Day(serializers.Field[date, Any, str, None]):
    """A date, or the day that a datetime names, in whatever zone: of 2026-11-01T00:00:00+02:00 it is 1 November."""

    default_error_messages = {"invalid": "Must be an ISO 8601 date or datetime, as in 2024-12-31."}

    class Meta:
        swagger_schema_fields = {"type": "string", "format": "date"}

    def to_internal_value(self, data: Any) -> date:
        if isinstance(data, str):
            data = self._read(data)
        if isinstance(data, datetime):
            return data.date()
        if not isinstance(data, date):
            self.fail("invalid")
        return data

    def _read(self, text: str) -> datetime:
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            self.fail("invalid")

    def to_representation(self, value: date) -> str:
        return value.isoformat()


def parse_moment(text: Any) -> datetime:
    """Return the time that a query parameter gives, in ISO 8601; raise ValueError for anything else.

    A space counts as a plus sign, because a plus that was not escaped arrives as a space. A time without a zone is UTC;
    a date is its midnight.
    """
    try:
        return timestamps.as_datetime(
            timestamps.parse_iso_time(text.strip().replace(" ", "+") if "T" in text else text)
        )
    except (AttributeError, OverflowError, TypeError, Skip) as error:
        raise ValueError("Must be an ISO 8601 date or date and time from 1970 to 2199.") from error


class Moment(serializers.Field[datetime, Any, str, None]):
    """A date and time, read as `parse_moment` reads it."""

    class Meta:
        swagger_schema_fields = {"type": "string", "format": "date-time"}

    def to_internal_value(self, data: Any) -> datetime:
        try:
            return parse_moment(data)
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from error

    def to_representation(self, value: datetime) -> str:
        return value.isoformat()
