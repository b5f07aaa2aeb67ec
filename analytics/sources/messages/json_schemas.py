"""Check `data` of events against JSON Schemas (draft 2020-12), with a bound on the work of each check.

Events come from anyone: no event may keep a process busy. Regular expressions take linear time, the work of a schema
is bounded before it is used, and each event by its size.
"""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
from jsonschema_rs import Draft202012Validator, RegexOptions, ValidationError

from analytics.sources.messages.field_checks import depth
from analytics.sources.messages.schema_work import UnboundedSchema, work

MAX_SCHEMA_BYTES = 100_000
MAX_SCHEMA_DEPTH = 100
MAX_WORK = 1_000_000
"""The most work for one event, in subschemas applied to a value. Measured by `python -m bench.schemas`: 0.1 s."""
MAX_WORK_OF_A_VALUE = MAX_WORK // 100
"""A schema must have enough for events of a hundred values."""
MAX_WORK_OF_A_BYTE = MAX_WORK / 1000
"""A schema with patterns must have enough for events of a thousand bytes."""
PATTERN_BYTES = tuple(8_000 << doubled for doubled in range(9))
"""The compiled sizes that are tried for the patterns of a schema. The time for a byte of text grows with the size."""
WORK_OF_A_PATTERN_BYTE = 2e-4
"""The work of one byte of a pattern on one byte of text. Measured by `python -m bench.schemas`: 0.2 ns at worst, twice
for text that does not match."""

_encoder = msgspec.json.Encoder(order="deterministic")


class BadSchema(ValueError):
    """The value is not a JSON Schema, refers to something outside of itself, or could take too much work."""


class Violation(NamedTuple):
    """Which field breaks a rule, as a path from `data`, and why."""

    field: str
    reason: str


Check = Callable[[Any, bytes], Violation | None]


class UniqueItems:
    """The keyword `uniqueItems` in linear time. The library's own compares each two of the integers beyond 2^53."""

    def __init__(self, schema: Any, unique: bool, path: Any) -> None:
        self._unique = unique

    def validate(self, value: Any) -> None:
        if self._unique and isinstance(value, list) and len(set(map(_canonical, value))) < len(value):
            raise ValueError("Has items that are not unique")


def _canonical(value: Any) -> bytes:
    """
    >>> _canonical({"b": 1.0, "a": True}) == _canonical({"a": True, "b": 1}) != _canonical({"a": 1, "b": 1})
    True
    """
    text = _encoder.encode(value)
    return _encoder.encode(_with_integers(value)) if b"." in text or b"e" in text else text


def _with_integers(value: Any) -> Any:
    """Return JSON data with integers in place of the floats that are equal to them."""
    if isinstance(value, dict):
        return {name: _with_integers(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_with_integers(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def compile_check(schema: Any) -> Check:
    """Return a function that checks `data`, given also as JSON text, against a schema. Raise BadSchema when the schema
    is invalid.

    >>> host_is_there = compile_check({"required": ["host"], "properties": {"host": {"type": "string"}}})
    >>> host_is_there({"host": 7}, b'{"host":7}')
    Violation(field='data.host', reason='7 is not of type "string"')
    >>> host_is_there({"host": "example.com"}, b'{"host":"example.com"}')
    """
    _require_moderate_size(schema)
    validator, pattern_bytes = _compile(schema)
    try:
        found = work(schema)
    except UnboundedSchema as error:
        raise BadSchema(str(error)) from error
    except RecursionError as error:
        raise BadSchema("References follow each other too far.") from error
    of_a_byte = found.patterns * pattern_bytes * WORK_OF_A_PATTERN_BYTE
    if found.parts > MAX_WORK_OF_A_VALUE:
        raise BadSchema(
            f"Could take too much work: one value may be checked against more than {MAX_WORK_OF_A_VALUE} parts of the"
            " schema, where choices and references multiply."
        )
    if of_a_byte > MAX_WORK_OF_A_BYTE:
        raise BadSchema("Could take too much work: too many large patterns for one value.")

    def violation(data: Any, text: bytes) -> Violation | None:
        most = (1 + text.count(b",") + text.count(b"[") + text.count(b"{")) * found.parts + len(text) * of_a_byte
        if most > MAX_WORK:
            return Violation("data", "Too large to be checked against its rule.")
        return None if validator.is_valid(data) else _explain(validator, data)

    return violation


def _require_moderate_size(schema: Any) -> None:
    if not isinstance(schema, dict | bool):
        raise BadSchema("A schema is an object, true or false.")
    try:
        text = json.dumps(schema, allow_nan=False)
    except (RecursionError, ValueError) as error:
        raise BadSchema(f"Not JSON: {error}") from error
    if len(text) > MAX_SCHEMA_BYTES:
        raise BadSchema(f"Larger than {MAX_SCHEMA_BYTES} bytes.")
    if "\\u0000" in text.replace("\\\\", ""):
        raise BadSchema("Holds a NUL character, which databases do not store.")
    if depth(schema) > MAX_SCHEMA_DEPTH:
        raise BadSchema(f"Nested deeper than {MAX_SCHEMA_DEPTH}.")


def _compile(schema: Any) -> tuple[Draft202012Validator, int]:
    """Return the validator, and the size that suffices for each of its patterns."""
    for size in PATTERN_BYTES:
        try:
            return _validator(schema, size), size
        except ValidationError as error:
            if not error.message.endswith('is not a "regex"'):
                raise BadSchema(error.message) from error
            refused = error
        except ValueError as error:
            raise BadSchema(str(error)) from error
    raise BadSchema(
        f"{refused.message}: a pattern has no look-around, no back-references, and no large repetitions."
    ) from refused


def _validator(schema: Any, pattern_bytes: int) -> Draft202012Validator:
    return Draft202012Validator(
        schema,
        offline=True,
        validate_formats=False,
        pattern_options=RegexOptions(size_limit=pattern_bytes),
        keywords={"uniqueItems": UniqueItems},
    )


def _explain(validator: Draft202012Validator, data: Any) -> Violation:
    try:
        validator.validate(data)
    except ValidationError as error:
        path = ".".join(["data", *map(str, error.instance_path)])
        return Violation(path[:255], error.message[:1000])
    raise AssertionError("invalid without an error")
