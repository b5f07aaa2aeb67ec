"""Deliveries as JSON that people read and mend: fields by name, times and addresses as text.

The id of a delivery and the digests of its events are left out; they are computed again.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from msgspec.structs import FieldInfo, astuple, fields, replace

from analytics.sources.contexts import ViewContext, clean
from analytics.sources.files.log_record import Skip
from analytics.sources.lookups import ip_addresses
from analytics.sources.messages import events, timestamps
from analytics.sources.messages.deliveries import Delivery, QueuedBlogView, QueuedEvent, RejectedEvent
from analytics.sources.messages.page_visits import PageVisit, visitor_from_name

LEFT_OUT = ("id", "arrived", "content")
TIMES = ("at", "received")
NESTED: dict[str, type[msgspec.Struct]] = {
    "events": QueuedEvent,
    "views": QueuedBlogView,
    "rejected": RejectedEvent,
    "visits": PageVisit,
    "view": QueuedBlogView,
    "visit": PageVisit,
    "context": ViewContext,
}
"""The type of the objects in a field."""

T = TypeVar("T", bound=msgspec.Struct)


class Unreadable(ValueError):
    """A text is not the readable form of a delivery; the message names the field."""


def to_json(delivery: Delivery) -> bytes:
    """Return the readable form of a delivery.

    >>> view = QueuedBlogView(at=0, blog=2, address=bytes([192, 0, 2, 1]))
    >>> msgspec.json.decode(to_json(Delivery(bytes(16), 0, 0, views=[view])))["views"]
    [{'at': '1970-01-01T00:00:00+00:00', 'blog': 2, 'address': '192.0.2.1'}]
    """
    return msgspec.json.format(msgspec.json.encode(_as_object(delivery)), indent=2)


def _as_object(struct: msgspec.Struct) -> dict[str, Any]:
    values = ((field, getattr(struct, field.name)) for field in fields(struct) if field.name not in LEFT_OUT)
    return {field.name: _shown(field.name, value) for field, value in values if value != _default(field)}


def _default(field: FieldInfo) -> Any:
    return field.default_factory() if field.default_factory is not msgspec.NODEFAULT else field.default


def _shown(name: str, value: Any) -> Any:
    match value:
        case msgspec.Struct():
            return _as_object(value)
        case list():
            return [_shown(name, each) for each in value]
        case bytes():
            return _address_text(value) if name == "address" else value.hex()
        case int() if name in TIMES and 0 <= value < timestamps.TIME_END:
            return timestamps.as_datetime(value).isoformat()
        case str() if name == "data":
            return _data_value(value)
    return value


def _address_text(packed: bytes) -> str | None:
    try:
        return ip_addresses.text(packed)
    except ValueError:
        return packed.hex()


def _data_value(text: str) -> Any:
    """Return the JSON value of an event's data, or the text if it is no JSON."""
    try:
        return msgspec.json.decode(text)
    except ValueError:
        return text


def from_json(text: bytes, id: bytes) -> Delivery:
    """Return the delivery with this id that its readable form describes. Raise Unreadable."""
    try:
        delivery = _read(Delivery, msgspec.json.decode(text), "the delivery", id=id)
    except msgspec.DecodeError as error:
        raise Unreadable(f"This is not JSON: {error}") from error
    numbered = enumerate(delivery.events)
    return replace(delivery, events=[_checked(event, delivery, f"events[{place}]") for place, event in numbered])


def _read(type: type[T], given: Any, place: str, **known: Any) -> T:
    if not isinstance(given, Mapping):
        raise Unreadable(f"{place} must be a JSON object.")
    allowed = {field.name: field for field in fields(type) if field.name not in LEFT_OUT}
    if unknown := sorted(given.keys() - allowed.keys()):
        raise Unreadable(f"{place} has no field {unknown[0]!r}.")
    required = {name for name, field in allowed.items() if field.required}
    if missing := sorted(required - given.keys()):
        raise Unreadable(f"{place} lacks the field {missing[0]!r}.")
    values = {name: _value(allowed[name], value, f"{place}.{name}") for name, value in given.items()}
    if type is QueuedEvent:
        known["content"] = bytes(16)
    return type(**values, **known)


def _value(field: FieldInfo, given: Any, place: str) -> Any:
    if field.name in NESTED and given is not None:
        nested = NESTED[field.name]
        if nested is ViewContext:
            return ViewContext(*map(clean, astuple(_read(ViewContext, given, place))))
        if field.name in ("view", "visit"):
            return _read(nested, given, place)
        if not isinstance(given, list):
            raise Unreadable(f"{place} must be a list.")
        return [_read(nested, each, f"{place}[{number}]") for number, each in enumerate(given)]
    try:
        return msgspec.convert(_stored(field, given), field.type)
    except (ValueError, TypeError, AttributeError, Skip) as error:
        raise Unreadable(f"{place} is not valid: {error}") from error


def _stored(field: FieldInfo, given: Any) -> Any:
    """Return a value as it is queued: the opposite of `_shown`."""
    if field.name == "data" and not isinstance(given, str):
        return msgspec.json.encode(given).decode()
    if not isinstance(given, str):
        return given
    if field.name in TIMES:
        return timestamps.parse_iso_time(given)
    if field.name == "address":
        found = ip_addresses.parse_address(given)
        return found.packed if found else bytes.fromhex(given)
    return bytes.fromhex(given) if field.name == "key" else given


def _checked(event: QueuedEvent, delivery: Delivery, place: str) -> QueuedEvent:
    """Return the event with the digest of its fields, which are checked as those of an event that is sent."""
    try:
        given = {"session_id": event.session, "category": event.category, "name": event.name}
        sent = events.read({**given, "data": _data_value(event.data)}, event.at)
    except events.InvalidMessage as error:
        raise Unreadable(f"{place} is not valid: {error}") from error
    if not 0 <= event.at < timestamps.TIME_END:
        raise Unreadable(f"{place}.at must be from 1970 to 2199.")
    checked = events.to_queued_event(sent, delivery.application)
    visit = event.visit and replace(event.visit, visitor=visitor_from_name(event.session))
    return replace(checked, key=event.key, view=event.view, visit=visit)
