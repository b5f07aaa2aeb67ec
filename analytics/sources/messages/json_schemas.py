"""Check `data` of events against JSON Schemas."""

from collections.abc import Callable
from typing import Any, NamedTuple

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, best_match
from referencing import Registry
from referencing.exceptions import Unresolvable

NO_REMOTE_SCHEMAS: Registry = Registry()
"""References lead nowhere outside of the schema: nothing is ever fetched."""


class BadSchema(ValueError):
    """The value is not a JSON Schema, or it refers to something outside of itself."""


class Violation(NamedTuple):
    """Which field breaks a rule, as a path from `data`, and why."""

    field: str
    reason: str


Check = Callable[[Any], Violation | None]


def compile_check(schema: Any) -> Check:
    """Return a function that checks `data` against a schema. Raise BadSchema when the schema is invalid.

    >>> host_is_there = compile_check({"required": ["host"], "properties": {"host": {"type": "string"}}})
    >>> host_is_there({"host": 7})
    Violation(field='data.host', reason="7 is not of type 'string'")
    >>> host_is_there({"host": "example.com"})
    """
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        raise BadSchema(error.message) from error
    validator = Draft202012Validator(schema, registry=NO_REMOTE_SCHEMAS)

    def violation(data: Any) -> Violation | None:
        try:
            error = best_match(validator.iter_errors(data))
        except (Unresolvable, RecursionError) as broken:
            return Violation("data", f"The rule itself is broken: {type(broken).__name__}: {str(broken)[:200]}")
        path = ".".join(["data", *map(str, error.absolute_path)]) if error else ""
        return Violation(path[:255], error.message[:1000]) if error else None

    return violation
