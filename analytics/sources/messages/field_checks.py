"""Texts that are sent as fields of a JSON object."""

from collections.abc import Mapping
from typing import Any

Problems = dict[str, list[str]]
"""What is wrong with each field."""


def read_text(
    name: str, given: Mapping[str, Any], problems: Problems, *, max_length: int, required: bool = True
) -> str:
    """Return the text of this field, empty for one that is neither required nor there; note a problem if it has any.

    >>> problems = {}
    >>> read_text("name", {"name": "Ann"}, problems, max_length=3)
    'Ann'
    >>> read_text("nick", {}, problems, max_length=3, required=False)
    ''
    >>> read_text("name", {"name": "Anna"}, problems, max_length=3), problems
    ('', {'name': ['Ensure this field has no more than 3 characters.']})
    """
    value: Any = given.get(name)
    if value is None and not required:
        return ""
    if problem := _problem(value, max_length, required, name in given):
        problems[name] = [problem]
        return ""
    checked: str = value
    return checked


def _problem(value: Any, max_length: int, required: bool, present: bool) -> str | None:
    if value is None:
        return "This field may not be null." if present else "This field is required."
    if not isinstance(value, str) or "\0" in value:
        return "Not a valid string."
    if required and not value.strip():
        return "This field may not be blank."
    return f"Ensure this field has no more than {max_length} characters." if len(value) > max_length else None


def depth(value: Any) -> int:
    """Return the levels of nesting of JSON data.

    >>> depth({"a": [{}]}), depth(1)
    (3, 0)
    """
    levels, level = 0, [value]
    while level := [each for each in level if isinstance(each, dict | list)]:
        levels += 1
        level = [inner for each in level for inner in (each.values() if isinstance(each, dict) else each)]
    return levels
