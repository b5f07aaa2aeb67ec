"""Parse JSON bodies of a bounded size."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.parsers import BaseParser

from analytics.sources.messages import deep_json, huge_numbers
from analytics.sources.messages.surrogates import replace_lone_surrogates

MAX_BODY_BYTES = 1_000_000


class Readable(Protocol):
    """A request or a file."""

    def read(self, size: int, /) -> bytes: ...


class TooLarge(APIException):
    status_code = 413
    default_detail = f"The body is larger than {MAX_BODY_BYTES} bytes."
    default_code = "too_large"


class Json(BaseParser):
    """Parses JSON of at most `MAX_BODY_BYTES` bytes; raises TooLarge for a longer body.

    Raises ParseError for a body that is not JSON or is nested too deeply. A lone surrogate is read as U+FFFD.
    """

    media_type = "application/json"

    def parse(self, stream: Readable, media_type: str | None = None, context: Mapping[str, Any] | None = None) -> Any:
        body = stream.read(MAX_BODY_BYTES + 1)
        if len(body) > MAX_BODY_BYTES:
            raise TooLarge()
        try:
            return self.decode(replace_lone_surrogates(body)) if body.strip() else {}
        except (ValueError, RecursionError) as error:
            raise ParseError(f"The body is not JSON: {error}") from error

    def decode(self, body: bytes) -> Any:
        return msgspec.json.decode(body)


class JsonOfDistinctNames(Json):
    """Parses JSON likewise, and refuses an object that has a name twice, of which JSON would ignore the first."""

    def decode(self, body: bytes) -> Any:
        data = super().decode(body)
        json.loads(body, object_pairs_hook=_require_distinct)
        return data


def _require_distinct(pairs: Sequence[tuple[str, Any]]) -> None:
    names: set[str] = set()
    for name, _ in pairs:
        if name in names:
            raise ValidationError({name[:100]: ["Stands twice in one object."]})
        names.add(name)


class JsonOfEvents(Json):
    """Parses JSON likewise, with HugeNumber in place of a number that is too large, and null in place of what is nested
    too deeply to be decoded: one event's trouble is no trouble of its list."""

    def decode(self, body: bytes) -> Any:
        try:
            return huge_numbers.decode(body)
        except RecursionError:
            return huge_numbers.decode(deep_json.shallow(body))
