"""Decode JSON in which a number may be too large to hold, so that only the item of a list that has it is refused."""

import json
from math import isfinite
from typing import Any

import msgspec

MAX_DIGITS = 4_300
"""The most digits of an integer that Python converts."""


class HugeNumber:
    """A number that is larger than any float, or longer than any integer that Python reads, as it was written.

    It cannot be encoded as JSON, so that it is noticed wherever an event is encoded.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text


def decode(text: bytes) -> Any:
    """Return the JSON data, with HugeNumber for each number that is too large. Raise ValueError or RecursionError.

    >>> str(decode(b'[{"n": 1e400}, {"n": 1}]')[0]["n"])
    '1e400'
    """
    try:
        return msgspec.json.decode(text)
    except msgspec.ValidationError:  # the text is JSON, and a number is out of range
        return json.loads(text, parse_int=_integer, parse_float=_float, parse_constant=_refuse)


def find(data: Any) -> str:
    """Return the path of a HugeNumber inside of JSON data that has one, as names and indices.

    >>> find({"a": [1, HugeNumber("1e400")]})
    'a.1'
    """
    waiting: list[tuple[str, Any]] = [("", data)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, HugeNumber):
            return path[1:]
        inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        waiting += [(f"{path}.{place}", each) for place, each in inner]
    return ""


def _integer(text: str) -> int | HugeNumber:
    return int(text) if len(text.lstrip("-")) <= MAX_DIGITS else HugeNumber(text)


def _float(text: str) -> float | HugeNumber:
    number = float(text)
    return number if isfinite(number) else HugeNumber(text)


def _refuse(text: str) -> None:
    raise ValueError(f"{text} is not JSON")
