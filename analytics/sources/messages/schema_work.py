"""Bound the work of a JSON Schema before it runs: the most that its parts can be applied to one value of an event.

Nested choices and references multiply: twenty choices between two parts, each inside the other, are a million
applications of the last one to the same value.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import unquote

MAX_DATA_LEVELS = 100
"""The levels of `data` that a schema may follow by references; deeper events are refused before."""
MAX_COUNTED_WORK = 10**12
"""Work that is too much for anything: counting ends here, as it may double at each level."""
UNEVALUATED_FACTOR = 4
"""`unevaluatedProperties` and `unevaluatedItems` apply the parts beside them again: measured, three times at each
level of nesting."""
MAX_APPLIED = 100_000
"""The most pairs of a part and another that is applied to the same value; finding the bound takes 10 s at worst."""
UNIQUE_WORK = 20
"""`uniqueItems` writes each item as text: measured, as long as this many other applications for each value."""

WITH_MAP = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies")
WITH_LIST = ("allOf", "anyOf", "oneOf", "prefixItems")
WITH_ONE = (
    *("not", "if", "then", "else", "items", "contains", "unevaluatedItems", "contentSchema"),
    *("additionalProperties", "unevaluatedProperties", "propertyNames"),
)
REFERENCES = ("$ref", "$dynamicRef")

Schema = dict[str, Any]
ANYTHING: Schema = {}


class UnboundedSchema(ValueError):
    """A reference leaves the schema, leads nowhere or back to the same value, or there are too many of them."""


class Work(NamedTuple):
    """The most parts of a schema, and the most patterns, that are applied to one value."""

    parts: int
    patterns: int


class _Slot(NamedTuple):
    """The place of a child in its object or list: its name or its index; None for any place that has no slot."""

    kind: str
    place: str | int | None


@dataclass(frozen=True, slots=True)
class _Part:
    """What a part of a schema applies to the same value, how often, and to a child by its slot. Of several groups for
    the other children, one applies."""

    schema: Schema
    same: list[tuple[Schema, int]]
    children: dict[_Slot, list[Schema]]
    others: dict[str, list[list[Schema]]]


def work(schema: Schema | bool) -> Work:
    """Return the most work for one value of a valid schema. Raise UnboundedSchema when there is no such bound.

    >>> work({"properties": {"a": {"enum": [1, 2]}, "b": {"pattern": "^x"}}})
    Work(parts=3, patterns=1)
    >>> work({"allOf": [{"items": {"$ref": "#"}}, {"items": {"$ref": "#"}}]}).parts > MAX_COUNTED_WORK
    True
    """
    if isinstance(schema, bool):
        return Work(1, 0)
    graph = _Graph(schema)
    return Work(graph.most(_parts), graph.most(_patterns))


def _parts(schema: Schema) -> int:
    """Return the work of a part alone: 1, and 1 for each name and each compound value that it lists."""
    lists = [schema.get(word, ()) for word in ("properties", "required")]
    compared = [each for each in [*schema.get("enum", ()), schema.get("const")] if isinstance(each, dict | list)]
    listed = sum(map(len, [*lists, *schema.get("dependentRequired", {}).values()])) + sum(map(_values, compared))
    return 1 + listed + UNIQUE_WORK * (schema.get("uniqueItems") is True)


def _patterns(schema: Schema) -> int:
    return ("pattern" in schema) + len(schema.get("patternProperties", ()))


def _values(value: Any) -> int:
    """
    >>> _values({"a": [1, 2], "b": {}})
    5
    """
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(_values, inner))


class _Graph:
    """The parts that a schema applies, by references too."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._known = {id(part): part for part in _subschemas(schema)}
        self._anchors: dict[str, Schema] = {}
        for part in self._known.values():
            if "$id" in part and part is not schema:
                raise UnboundedSchema("Only the whole schema may have an $id.")
            for anchor in {part[word] for word in ("$anchor", "$dynamicAnchor") if word in part}:
                if anchor in self._anchors:
                    raise UnboundedSchema(f"The anchor {anchor!r} is there twice.")
                self._anchors[anchor] = part
        self._parts: dict[int, _Part] = {}
        self._applied: dict[int, Counter[int]] = {}
        self._pairs = 0
        self._targets = self._reach()

    def most(self, weigh: Callable[[Schema], int]) -> int:
        """Return the largest weight that is applied to one value of any event. The weight of an event with one more
        level of nesting follows from those of its children, until it stops growing."""
        weights = {key: weigh(part.schema) for key, part in self._parts.items()}
        alone = {key: sum(weights[each] * times for each, times in self._applied[key].items()) for key in self._targets}
        most, level = alone, 0
        while level < MAX_DATA_LEVELS and most[id(self._schema)] <= MAX_COUNTED_WORK:
            deeper = {key: max(alone[key], self._most_of_a_child(key, most)) for key in self._targets}
            if deeper == most:
                break
            most, level = deeper, level + 1
        return most[id(self._schema)]

    def _most_of_a_child(self, key: int, most: dict[int, int]) -> int:
        """Return the largest weight of all that the parts at one value apply to one of its children."""
        elsewhere: Counter[str] = Counter()
        more: Counter[_Slot] = Counter()
        for each, times in self._applied[key].items():
            part = self._parts[each]
            other = {kind: max(_total(group, most) for group in groups) for kind, groups in part.others.items()}
            for kind, weight in other.items():
                elsewhere[kind] += times * weight
            for slot, children in part.children.items():
                more[slot] += times * (_total(children, most) - other.get(slot.kind, 0))
        return max([*elsewhere.values(), *(elsewhere[slot.kind] + added for slot, added in more.items())], default=0)

    def _reach(self) -> list[int]:
        """Find all parts that are applied; return those that a value meets first: the root, and those of children."""
        targets: dict[int, Schema] = {}
        waiting = [self._schema]
        while waiting:
            target = waiting.pop()
            if id(target) in targets:
                continue
            targets[id(target)] = target
            for key in self._apply(target, set()):
                part = self._parts[key]
                groups = [*part.children.values(), *(group for groups in part.others.values() for group in groups)]
                waiting += [child for group in groups for child in group]
        return list(targets)

    def _apply(self, schema: Schema, above: set[int]) -> Counter[int]:
        """Return all parts that are applied to a value together with this one, with the number of times."""
        key = id(schema)
        if key in above:
            raise UnboundedSchema("A part of the schema refers to itself without end.")
        if key not in self._applied:
            part = self._parts[key] = self._read(schema)
            applied = Counter({key: 1})
            for inner, factor in part.same:
                for each, times in self._apply(inner, above | {key}).items():
                    applied[each] += min(times * factor, MAX_COUNTED_WORK)
            self._applied[key] = applied
            self._pairs += len(applied)
            if self._pairs > MAX_APPLIED:
                raise UnboundedSchema("Too many parts refer to each other.")
        return self._applied[key]

    def _read(self, schema: Schema) -> _Part:
        def of(*words: str) -> list[Schema]:
            return [_as_object(schema[word]) for word in words if word in schema]

        def named(word: str) -> dict[str, Schema]:
            return {name: _as_object(inner) for name, inner in schema.get(word, {}).items()}

        same = of("not", "if", "then", "else", "propertyNames")
        same += [_as_object(inner) for word in ("allOf", "anyOf", "oneOf") for inner in schema.get(word, ())]
        same += [*named("dependentSchemas").values(), *named("dependencies").values()]
        same += [self._resolve(schema[word]) for word in REFERENCES if word in schema]
        factor = UNEVALUATED_FACTOR if "unevaluatedProperties" in schema or "unevaluatedItems" in schema else 1
        patterns, contains = list(named("patternProperties").values()), of("contains")
        children = {_Slot("name", name): [inner, *patterns] for name, inner in named("properties").items()}
        for index, inner in enumerate(schema.get("prefixItems", ())):
            children[_Slot("index", index)] = [_as_object(inner), *contains]
        names = [patterns, of("additionalProperties"), of("unevaluatedProperties")]
        items = [[*contains, *of("items")], [*contains, *of("unevaluatedItems")]]
        return _Part(schema, [(inner, factor) for inner in same], children, {"name": names, "index": items})

    def _resolve(self, reference: str) -> Schema:
        if not reference.startswith("#"):
            raise UnboundedSchema(f"A reference must stay within the schema: {reference}")
        pointer = unquote(reference[1:])
        found = self._follow(pointer.split("/")[1:]) if pointer[:1] in ("", "/") else self._anchors.get(pointer)
        if isinstance(found, bool):
            return ANYTHING
        if found is None or id(found) not in self._known:
            raise UnboundedSchema(f"A reference leads to no schema: {reference}")
        return self._known[id(found)]

    def _follow(self, steps: Iterable[str]) -> Any:
        found: Any = self._schema
        for step in steps:
            name = step.replace("~1", "/").replace("~0", "~")
            if isinstance(found, list) and name.isdecimal() and int(name) < len(found):
                found = found[int(name)]
            else:
                found = found.get(name) if isinstance(found, dict) else None
        return found


def _total(children: Iterable[Schema], most: dict[int, int]) -> int:
    return sum(most[id(child)] for child in children)


def _as_object(schema: Any) -> Schema:
    """Return the schema; `{}` for true and false, and for a list of names that stands in the place of a schema."""
    return schema if isinstance(schema, dict) else ANYTHING


def _subschemas(schema: Any) -> Iterator[Schema]:
    """Yield the schema and all schemas inside it, also those that only a reference applies."""
    waiting = [schema]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            yield part
            waiting += [inner for word in WITH_MAP for inner in part.get(word, {}).values()]
            waiting += [inner for word in WITH_LIST for inner in part.get(word, ())]
            waiting += [part[word] for word in WITH_ONE if word in part]
