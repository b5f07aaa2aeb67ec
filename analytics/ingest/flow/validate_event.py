"""Check events against the JSON Schema rule of their kind."""

from typing import Any

from django.db import DatabaseError, InterfaceError

from analytics.ingest.store import event_schemas
from analytics.sources.messages.events import SentEvent
from analytics.sources.messages.json_schemas import BadSchema, Check, Violation, compile_check

CACHE_SECONDS = 1.0
"""Seconds for which the rules read from the database are used. While the database does not answer, the rules last read
stay in use."""

_schemas: dict[tuple[str, str], Any] = {}
_checks: dict[tuple[str, str], Check] = {}
_checked_at: float | None = None


def validate(sent: SentEvent, moment: float) -> Violation | None:
    """Return the violation of the event's rule, or None; `moment` is the time of a monotonic clock, in seconds.

    Raise the database's error when it does not answer and no rules have been read yet.
    """
    checks = _current_checks(moment)
    check = checks.get((sent.category, sent.name)) if checks else None
    return check(sent.data, sent.json) if check else None


def _current_checks(moment: float) -> dict[tuple[str, str], Check]:
    global _checked_at
    if _checked_at is None or moment - _checked_at >= CACHE_SECONDS:
        try:
            _update_checks(event_schemas.all_schemas())
        except (DatabaseError, InterfaceError):
            if _checked_at is None:
                raise
        _checked_at = moment
    return _checks


def _update_checks(schemas: dict[tuple[str, str], Any]) -> None:
    global _schemas, _checks
    if schemas != _schemas:
        _schemas, _checks = schemas, {kind: _compile_schema(schema) for kind, schema in schemas.items()}


def _compile_schema(schema: Any) -> Check:
    """Compile a rule. One written without the admin's checks may be an invalid schema: then every event breaks it."""
    try:
        return compile_check(schema)
    except BadSchema as error:
        violation = Violation("data", f"The rule itself is broken: {error}")
        return lambda data, text: violation


def clear_cache() -> None:
    """Make the next event read the rules from the database again."""
    global _checked_at
    _checked_at = None


__all__ = ["Violation", "clear_cache", "validate"]
