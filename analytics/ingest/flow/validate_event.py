"""Whether an event follows the rule of its kind."""

from typing import Any

from django.db import DatabaseError, InterfaceError

from analytics.ingest.store import event_schemas
from analytics.sources.messages.events import SentEvent
from analytics.sources.messages.json_schemas import BadSchema, Check, Violation, check

FRESH_SECONDS = 1.0
"""Rules are believed for so long. While the database cannot be asked, those last read go on."""

_schemas: dict[tuple[str, str], Any] = {}
_checks: dict[tuple[str, str], Check] = {}
_read_at: float | None = None


def validate(sent: SentEvent, moment: float) -> Violation | None:
    """What is wrong with an event; `moment` is of a clock in seconds that only goes forward."""
    checks = _current(moment)
    rule = checks.get((sent.category, sent.name)) if checks else None
    return rule(sent.data) if rule else None


def _current(moment: float) -> dict[tuple[str, str], Check]:
    global _read_at
    if _read_at is None or moment - _read_at >= FRESH_SECONDS:
        try:
            _learn(event_schemas.everything())
        except (DatabaseError, InterfaceError):
            if _read_at is None:
                raise
        _read_at = moment
    return _checks


def _learn(schemas: dict[tuple[str, str], Any]) -> None:
    global _schemas, _checks
    if schemas != _schemas:
        _schemas, _checks = schemas, {kind: _check(schema) for kind, schema in schemas.items()}


def _check(schema: Any) -> Check:
    """A rule that was written past the admin may be none: then nothing follows it."""
    try:
        return check(schema)
    except BadSchema as error:
        breach = Violation("data", f"The rule itself is broken: {error}")
        return lambda data: breach


def forget_all() -> None:
    """The next event asks for the rules anew."""
    global _read_at
    _read_at = None


__all__ = ["Violation", "forget_all", "validate"]
