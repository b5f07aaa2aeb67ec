"""Events as they are sent: read, checked, and told apart by what they say. Times are microseconds since 1970, UTC."""

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec.structs import replace

from analytics.sources.files.log_record import Skip
from analytics.sources.messages import page_urls, timestamps
from analytics.sources.messages.deliveries import NewBlogView, NewEvent
from analytics.sources.messages.field_checks import Problems, text
from analytics.sources.messages.page_urls import LONGEST_HOST
from analytics.sources.messages.page_visits import PageVisit, visitor_named

LONGEST_TEXT = 255
"""Characters of a session id, a category and a name."""
LATE = 5 * timestamps.SECOND
"""How far a client's clock may be ahead of ours."""
DEEPEST = 100
"""Levels of nesting in `data`: deeper, and databases and clients stumble over it."""
PAGE_VIEW = "pageview"
TIME_BYTES = 7
"""Of a digest: as many as the microseconds from 1970 to 2199 need."""


class SentEvent(msgspec.Struct):
    """An event whose fields are of the right type and size; others that were sent are left out. `json` is what `data`
    is written as, the keys in order."""

    session_id: str
    category: str
    name: str
    data: dict[str, Any]
    json: bytes
    at: int
    event_id: str | None = None


Text = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_TEXT)]


class Plain(msgspec.Struct):
    """An event as nearly all are."""

    session_id: Text
    category: Text
    name: Text
    data: dict[str, Any] = {}
    timestamp: str | None = None
    event_id: Text | None = None


class InvalidMessage(ValueError):
    """A field is missing or wrong: `problems` says which, and why."""

    def __init__(self, problems: Problems) -> None:
        super().__init__(str(problems))
        self.problems = problems


_encoder = msgspec.json.Encoder(order="deterministic")
_packer = msgspec.msgpack.Encoder()


def read(given: Any, now: int) -> SentEvent:
    """The event that a decoded JSON value is; Malformed. Without a timestamp it happens now.

    >>> read({"session_id": "s", "category": "c", "name": ""}, 0)
    Traceback (most recent call last):
    analytics.sources.messages.events.InvalidMessage: {'name': ['This field may not be blank.']}
    """
    return _plain(given, now) or _looked_at(given, now)


def _plain(given: Any, now: int) -> SentEvent | None:
    """The event if nothing about it needs a closer look (measured: 3 of 9 microseconds)."""
    try:
        told = msgspec.convert(given, Plain)
        at = now if told.timestamp is None else timestamps.parse_iso_time(told.timestamp)
        json = _encoder.encode(told.data)
    except (ValueError, Skip, OverflowError, RecursionError):
        return None
    session, category, name = told.session_id, told.category, told.name
    if "\0" in session + category + name or session.isspace() or category.isspace() or name.isspace():
        return None
    if b"u0000" in json or json.count(b"{") + json.count(b"[") > DEEPEST:
        return None
    return SentEvent(session, category, name, told.data, json, at, told.event_id)


def _looked_at(given: Any, now: int) -> SentEvent:
    """As `read`, with a word about all that is wrong."""
    if not isinstance(given, Mapping):
        raise InvalidMessage({"non_field_errors": ["An event is a JSON object."]})
    problems: Problems = {}
    texts = [text(name, given, problems, longest=LONGEST_TEXT) for name in ("session_id", "category", "name")]
    data = _data(given.get("data", {}), problems)
    at = _time(given["timestamp"], problems) if given.get("timestamp") is not None else now
    event_id = _event_id(given.get("event_id"), problems)
    if problems:
        raise InvalidMessage(problems)
    return SentEvent(*texts, data, _encoder.encode(data), at, event_id)


def _data(value: Any, problems: Problems) -> Any:
    if not isinstance(value, dict):
        problems["data"] = ["Must be a JSON object."]
    elif _depth(value) > DEEPEST:
        problems["data"] = [f"Nested deeper than {DEEPEST}."]
    elif b"u0000" in (json := _encoder.encode(value)) and b"\\u0000" in json.replace(b"\\\\", b""):
        problems["data"] = ["Holds a NUL character, which databases do not store."]
    return value


def _depth(value: Any) -> int:
    """
    >>> _depth({"a": [{}]}), _depth(1)
    (3, 0)
    """
    depth, level = 0, [value]
    while level := [each for each in level if isinstance(each, dict | list)]:
        depth += 1
        level = [inner for each in level for inner in (each.values() if isinstance(each, dict) else each)]
    return depth


def _time(value: Any, problems: Problems) -> int:
    try:
        return timestamps.parse_iso_time(value)
    except Skip as error:
        problems["timestamp"] = [f"Must be an ISO 8601 date and time from 1970 to 2199 ({error.reason})."]
    except (AttributeError, OverflowError):
        problems["timestamp"] = ["Must be an ISO 8601 date and time, as in 2021-01-01T09:15:29.243860Z."]
    return 0


def _event_id(value: Any, problems: Problems) -> str | None:
    if value is not None and (not isinstance(value, str) or not value):
        problems["event_id"] = ["Not a valid string."]
    return value


def is_future(sent: SentEvent, now: int) -> bool:
    return sent.at > now + LATE


def happening(sent: SentEvent, application: int) -> NewEvent:
    """What is stored of an event, with the digests by which it is told from others."""
    key = fact_key(application, sent.event_id) if sent.event_id else None
    texts = (sent.session_id, sent.category, sent.name)
    return NewEvent(*texts, sent.json.decode(), sent.at, _content(sent), key)


def _content(sent: SentEvent) -> bytes:
    """16 bytes that begin with the time: what is new comes at the end of the index of them all, not all over it."""
    told = digest(sent.session_id, sent.category, sent.name, sent.json)
    return sent.at.to_bytes(TIME_BYTES) + told[TIME_BYTES:]


def fact_key(application: int, given: str) -> bytes:
    """16 bytes for an id that an application gave: two applications may give the same one."""
    return digest(str(application), given)


def digest(*parts: str | bytes) -> bytes:
    """16 bytes of the parts, each with its length: ("ab", "c") is not ("a", "bc")."""
    return hashlib.blake2b(_packer.encode(parts), digest_size=16).digest()


def page_of(sent: SentEvent) -> str:
    """The host/path that a page view is of, as blogs' urls are written; empty when the event is no page view.

    >>> page = {"host": "Example.com", "path": "/a//b?x=1"}
    >>> page_of(SentEvent("s", "page interaction", "pageview", page, b"", 0))
    'example.com/a/b'
    >>> page_of(SentEvent("s", "form interaction", "submit", page, b"", 0))
    ''
    """
    if sent.name != PAGE_VIEW:
        return ""
    host, path = sent.data.get("host"), sent.data.get("path")
    if not isinstance(host, str) or not isinstance(path, str) or not host:
        return ""
    try:
        return page_urls.parse_page_url(f"{host}/{path.lstrip('/')}", "")
    except Skip:
        return ""


def with_page_view(event: NewEvent, page: str, title: Any, *, country: str, address: bytes, agent: str) -> NewEvent:
    """The event with the view and the visit that it is too, as a view of this page by whoever's session it is."""
    host, slash, path = page.partition("/")
    view = NewBlogView(event.at, url=page, country=country, address=address)
    subject = title[:LONGEST_TEXT] if isinstance(title, str) else ""
    who = visitor_named(event.session)
    visit = PageVisit(host, slash + path, subject, who, event.at, address=address, agent=agent, country=country)
    return replace(event, view=view, visit=visit if len(host) <= LONGEST_HOST else None)
