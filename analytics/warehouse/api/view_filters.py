"""From the parameters of the Blog views page to a filter tree, as the page's script makes it."""

from collections.abc import Mapping, Sequence
from typing import Any

from analytics.warehouse.api.filter_tree import NUMBERS, parsed
from analytics.warehouse.api.vocabulary import VOCABULARIES
from tally.where import EVERYTHING, Where

UNKNOWN = "Unknown"
"""The word of the page for a value that is not known."""
EXCLUDED = "not"
"""The parameter of the countries that are left out."""
FIELDS = VOCABULARIES["views"].filter_fields
PARAMETERS = tuple(VOCABULARIES["views"].dimensions)
"""The dimensions, by which parameters select views; each is repeatable."""
ALL_PARAMETERS = (*PARAMETERS, EXCLUDED)
NUMERIC = frozenset(field.value for field in NUMBERS)


def filter_tree(parameters: Mapping[str, Sequence[str]]) -> dict[str, Any] | None:
    """Return the filter tree that the parameters of the page state, None if they select nothing. Parameters such as the
    period select no views. Raise BadCondition for a value that is none of its dimension.

    >>> filter_tree({"country": ["DE", "Unknown"], "range": ["week"]})
    {'in': {'country': ['DE', None]}}
    >>> filter_tree({"not": ["US"], "hour": ["9"]})
    {'and': [{'in': {'hour': [9]}}, {'not': {'in': {'country': ['US']}}}]}
    """
    found = [_is_one_of(name, values) for name in PARAMETERS if (values := _given(parameters, name))]
    if excluded := _given(parameters, EXCLUDED):
        found.append({"not": _is_one_of("country", excluded)})
    if not found:
        return None
    tree = found[0] if len(found) == 1 else {"and": found}
    parsed(tree, FIELDS)
    return tree


def condition(tree: Any) -> Where:
    """Return the condition that a stored filter tree states."""
    return EVERYTHING if tree is None else parsed(tree, FIELDS)


def described(parameters: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the filters that the parameters state, as texts.

    >>> described({"country": ["DE", "FR"], "not": ["US"]})
    ['country: DE, FR', 'not US']
    """
    found = [f"{name}: {', '.join(values)}" for name in PARAMETERS if (values := _given(parameters, name))]
    excluded = _given(parameters, EXCLUDED)
    return [*found, *([f"not {', '.join(excluded)}"] if excluded else [])]


def _given(parameters: Mapping[str, Sequence[str]], name: str) -> list[str]:
    return [value for value in parameters.get(name, ()) if value]


def _is_one_of(name: str, values: Sequence[str]) -> dict[str, Any]:
    return {"in": {name: [_value(name, value) for value in values]}}


def _value(name: str, text: str) -> str | int | None:
    if text == UNKNOWN:
        return None
    if name in NUMERIC and text.isascii() and text.isdecimal() and len(text) < 20:
        return int(text)
    return text
