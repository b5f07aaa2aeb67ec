"""Parse the `filters` tree: from JSON to a `Where`, or to the reason why it is refused. And back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tally.where import And, Field, In, InGroups, InMembers, Not, Or, Where

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
NUMBERS = {
    Field.BLOG: ("a blog id, an integer of at least 1", range(1, MAX_ID + 1)),
    Field.HOUR: ("an hour, an integer from 0 to 23", range(24)),
    Field.WEEKDAY: ("a weekday, an integer from 1 (Monday) to 7", range(1, 8)),
}
"""The fields whose values are numbers: what a value is called, and which values there are."""
TEXTS = {Field.COUNTRY: "a country code", Field.AUTHOR: "a username"}


@dataclass(frozen=True, slots=True)
class FilterFields:
    """The fields that a tree may name, by their spellings, and those that may be null for unknown. One node may name a
    field in two spellings only if fields may be `repeated`."""

    spellings: Mapping[str, Field]
    nullable: frozenset[Field]
    repeated: bool = True


COUNTRY_AUTHOR_BLOG = FilterFields(SPELLINGS, frozenset({Field.COUNTRY}))
"""The fields of the questions by country, author, blog and period."""


class BadCondition(ValueError):
    """A tree that breaks a rule. The message says where."""


@dataclass
class _Parser:
    fields: FilterFields
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
        return _all([In(field, (self.value(field, value, at),)) for field, value, at in self.pairs(operand, path)])

    def among(self, operand: Any, path: str, depth: int) -> Where:
        return _all([In(field, self.values(field, values, at)) for field, values, at in self.pairs(operand, path)])

    def pairs(self, operand: Any, path: str) -> list[tuple[Field, Any, str]]:
        """Return field and value from {"field": F, "value": V} or {F: V, ...}."""
        if not isinstance(operand, dict) or not operand:
            raise BadCondition(f"{path}: must be an object of fields and values.")
        if "field" in operand:
            if set(operand) != {"field", "value"}:
                raise BadCondition(f'{path}: must have "field" and "value" and nothing else.')
            operand = {operand["field"]: operand["value"]} if isinstance(operand["field"], str) else {"": None}
        found = [(self.field(name, path), value, f"{path}.{name}") for name, value in operand.items()]
        if not self.fields.repeated and len({field for field, *_ in found}) < len(found):
            raise BadCondition(f"{path}: names a field twice, in two spellings.")
        return found

    def field(self, name: Any, path: str) -> Field:
        spellings = self.fields.spellings
        if name not in spellings:
            known = ", ".join(spellings)
            raise BadCondition(f"{path}: unknown field {_shown(name)}; must be one of: {known}.")
        return spellings[name]

    def values(self, field: Field, values: Any, path: str) -> tuple[str | int | None, ...]:
        if not isinstance(values, list) or not values:
            raise BadCondition(f"{path}: must be a non-empty list.")
        if len(values) > MAX_VALUES:
            raise BadCondition(f"{path}: more than {MAX_VALUES} values.")
        return tuple(self.value(field, value, f"{path}[{n}]") for n, value in enumerate(values))

    def value(self, field: Field, value: Any, path: str) -> str | int | None:
        nullable = field in self.fields.nullable
        if value is None and nullable:
            return None
        if field in NUMBERS:
            return _number(field, value, path)
        text = _text(value, path, TEXTS.get(field, "a text") + (", or null for unknown" if nullable else ""))
        return text.upper() if field is Field.COUNTRY else text


OPERATORS: dict[str, Callable[[_Parser, Any, str, int], Where]] = {
    "and": _Parser.both,
    "or": _Parser.either,
    "not": _Parser.negated,
    "eq": _Parser.equal,
    "in": _Parser.among,
}


def parsed(tree: Any, fields: FilterFields = COUNTRY_AUTHOR_BLOG) -> Where:
    """Return the condition that a tree states. Raise BadCondition if it breaks a rule."""
    return _Parser(fields).node(tree, "filters", 1)


def to_tree(where: Where) -> dict[str, Any]:
    """Return the tree that states a parsed condition. It is not deeper than the tree that was parsed, if that had no
    repeated field in one node.

    >>> to_tree(And((In(Field.HOUR, (8, 9)), In(Field.COUNTRY, (None,)))))
    {'in': {'hour': [8, 9], 'country': [None]}}
    """
    match where:
        case And(parts):
            fields = {part.field: part.values for part in parts if isinstance(part, In)}
            if len(fields) == len(parts) > 1:
                return _leaf(fields)
            return {"and": [to_tree(part) for part in parts]}
        case Or(parts):
            return {"or": [to_tree(part) for part in parts]}
        case Not(part):
            return {"not": to_tree(part)}
        case In(field, values):
            return _leaf({field: values})
        case InGroups() | InMembers():
            raise TypeError(f"{where} is resolved, and cannot be stated")


def _leaf(fields: Mapping[Field, tuple[str | int | None, ...]]) -> dict[str, Any]:
    if all(len(values) == 1 for values in fields.values()):
        return {"eq": {field.value: values[0] for field, values in fields.items()}}
    return {"in": {field.value: list(values) for field, values in fields.items()}}


def _all(leaves: list[In]) -> Where:
    return leaves[0] if len(leaves) == 1 else And(tuple(leaves))


def _number(field: Field, value: Any, path: str) -> int:
    what, allowed = NUMBERS[field]
    if type(value) is not int or value not in allowed:
        raise BadCondition(f"{path}: must be {what}.")
    return value


def _text(value: Any, path: str, what: str) -> str:
    if not isinstance(value, str) or not value or "\0" in value:
        raise BadCondition(f"{path}: must be {what}.")
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise BadCondition(f"{path}: holds half a surrogate pair, which is no text.")
    return value


def _shown(name: Any) -> str:
    return repr(str(name)[:40])
