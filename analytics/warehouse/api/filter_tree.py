"""Parse the `filters` tree: from JSON to a `Where`, or to the reason why it is refused."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tally.where import And, Field, In, Not, Or, Where

MAX_DEPTH = 32
MAX_NODES = 1000
MAX_VALUES = 10_000
MAX_ID = 2**63 - 1
SPELLINGS = {
    "country": Field.COUNTRY,
    "country__code": Field.COUNTRY,
    "country_code": Field.COUNTRY,
    "author": Field.AUTHOR,
    "author__username": Field.AUTHOR,
    "author_username": Field.AUTHOR,
    "blog": Field.BLOG,
    "blog_id": Field.BLOG,
}


class BadCondition(ValueError):
    """A tree that breaks a rule. The message says where."""


@dataclass
class _Parser:
    nodes: int = 0

    def node(self, tree: Any, path: str, depth: int) -> Where:
        self.nodes += 1
        if depth > MAX_DEPTH:
            raise BadCondition(f"{path[:60]}…: nested deeper than {MAX_DEPTH}.")
        if self.nodes > MAX_NODES:
            raise BadCondition(f"More than {MAX_NODES} conditions.")
        if not isinstance(tree, dict) or len(tree) != 1:
            raise BadCondition(f"{path}: must be an object with exactly one of: {', '.join(OPERATORS)}.")
        ((operator, operand),) = tree.items()
        if operator not in OPERATORS:
            raise BadCondition(f"{path}: unknown operator {_shown(operator)}; must be one of: {', '.join(OPERATORS)}.")
        return OPERATORS[operator](self, operand, f"{path}.{operator}", depth)

    def several(self, trees: Any, path: str, depth: int) -> tuple[Where, ...]:
        if not isinstance(trees, list) or not trees:
            raise BadCondition(f"{path}: must be a non-empty list.")
        return tuple(self.node(tree, f"{path}[{n}]", depth + 1) for n, tree in enumerate(trees))

    def both(self, trees: Any, path: str, depth: int) -> Where:
        return And(self.several(trees, path, depth))

    def either(self, trees: Any, path: str, depth: int) -> Where:
        return Or(self.several(trees, path, depth))

    def negated(self, tree: Any, path: str, depth: int) -> Where:
        return Not(self.node(tree, path, depth + 1))

    def equal(self, operand: Any, path: str, depth: int) -> Where:
        return _all([In(field, (_value(field, value, at),)) for field, value, at in _pairs(operand, path)])

    def among(self, operand: Any, path: str, depth: int) -> Where:
        return _all([In(field, _values(field, values, at)) for field, values, at in _pairs(operand, path)])


OPERATORS: dict[str, Callable[[_Parser, Any, str, int], Where]] = {
    "and": _Parser.both,
    "or": _Parser.either,
    "not": _Parser.negated,
    "eq": _Parser.equal,
    "in": _Parser.among,
}


def parsed(tree: Any) -> Where:
    """Return the condition that a tree states. Raise BadCondition if it breaks a rule."""
    return _Parser().node(tree, "filters", 1)


def _all(leaves: list[In]) -> Where:
    return leaves[0] if len(leaves) == 1 else And(tuple(leaves))


def _pairs(operand: Any, path: str) -> list[tuple[Field, Any, str]]:
    """Return field and value from {"field": F, "value": V} or {F: V, ...}."""
    if not isinstance(operand, dict) or not operand:
        raise BadCondition(f"{path}: must be an object of fields and values.")
    if "field" in operand:
        if set(operand) != {"field", "value"}:
            raise BadCondition(f'{path}: must have "field" and "value" and nothing else.')
        operand = {operand["field"]: operand["value"]} if isinstance(operand["field"], str) else {"": None}
    return [(_field(name, path), value, f"{path}.{name}") for name, value in operand.items()]


def _field(name: str, path: str) -> Field:
    if name not in SPELLINGS:
        raise BadCondition(f"{path}: unknown field {_shown(name)}; must be one of: {', '.join(SPELLINGS)}.")
    return SPELLINGS[name]


def _values(field: Field, values: Any, path: str) -> tuple[str | int | None, ...]:
    if not isinstance(values, list) or not values:
        raise BadCondition(f"{path}: must be a non-empty list.")
    if len(values) > MAX_VALUES:
        raise BadCondition(f"{path}: more than {MAX_VALUES} values.")
    return tuple(_value(field, value, f"{path}[{n}]") for n, value in enumerate(values))


def _value(field: Field, value: Any, path: str) -> str | int | None:
    match field:
        case Field.BLOG:
            if type(value) is not int or not 1 <= value <= MAX_ID:
                raise BadCondition(f"{path}: must be a blog id, an integer of at least 1.")
        case Field.COUNTRY if value is None:
            return None
        case Field.COUNTRY:
            return _text(value, path, "a country code, or null for unknown").upper()
        case Field.AUTHOR:
            return _text(value, path, "a username")
    blog: int = value
    return blog


def _text(value: Any, path: str, what: str) -> str:
    if not isinstance(value, str) or not value or "\0" in value:
        raise BadCondition(f"{path}: must be {what}.")
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise BadCondition(f"{path}: holds half a surrogate pair, which is no text.")
    return value


def _shown(name: str) -> str:
    return repr(name[:40])
