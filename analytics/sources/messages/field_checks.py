"""Texts that are sent as fields of a JSON object."""

from collections.abc import Mapping
from typing import Any

Problems = dict[str, list[str]]
"""What is wrong with each field."""


def text(name: str, given: Mapping[str, Any], problems: Problems, *, longest: int, required: bool = True) -> str:
    """The text of this field, notes a problem where it is none; empty for one that is not required and not there.

    >>> problems = {}
    >>> text("name", {"name": "Ann"}, problems, longest=3), text("nick", {}, problems, longest=3, required=False)
    ('Ann', '')
    >>> text("name", {"name": "Anna"}, problems, longest=3), problems
    ('', {'name': ['Ensure this field has no more than 3 characters.']})
    """
    value = given.get(name)
    if value is None and not required:
        return ""
    if problem := _problem(value, longest, required, name in given):
        problems[name] = [problem]
        return ""
    return value


def _problem(value: Any, longest: int, required: bool, present: bool) -> str | None:
    if value is None:
        return "This field may not be null." if present else "This field is required."
    if not isinstance(value, str) or "\0" in value:
        return "Not a valid string."
    if required and not value.strip():
        return "This field may not be blank."
    return f"Ensure this field has no more than {longest} characters." if len(value) > longest else None
