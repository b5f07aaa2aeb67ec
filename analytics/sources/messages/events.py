"""Read and check events as they are sent, and digest them so that equal events are recognised. Times are microseconds
since 1970, UTC."""

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from analytics.sources.contexts import UNKNOWN, ContextClues, ViewContext, view_context
from analytics.sources.files.log_record import Skip
from analytics.sources.messages import huge_numbers, timestamps, visit_origin
from analytics.sources.messages.deliveries import QueuedBlogView, QueuedEvent
from analytics.sources.messages.field_checks import Problems, depth, read_text
from analytics.sources.messages.page_visits import PageVisit, visitor_from_name
from analytics.sources.url_spelling import MAX_URL, BadUrl, normal_host, normal_page_path, normal_page_url

MAX_TEXT = 255
"""The most characters of a session id, a category and a name."""
CLOCK_TOLERANCE = 5 * timestamps.SECOND
"""The microseconds that a client's clock may be ahead of the server's."""
MAX_DATA_DEPTH = 100
"""The most levels of nesting in `data`; databases and clients fail on deeper values."""
PAGE_VIEW_NAME = "pageview"
DIGEST_TIME_BYTES = 7
"""The bytes of a digest that hold the time: as many as the microseconds from 1970 to 2199 need."""


class SentEvent(msgspec.Struct):
    """An event as it was sent, with checked fields; other fields that were sent are left out. `json` is `data` as JSON
    text with sorted keys."""

    session_id: str
    category: str
    name: str
    data: dict[str, Any]
    json: bytes
    at: int
    event_id: str | None = None


class InvalidMessage(ValueError):
    """A field is missing or wrong: `problems` says which, and why."""

    def __init__(self, problems: Problems) -> None:
        super().__init__(str(problems))
        self.problems = problems
        self.field, reasons = next(iter(problems.items()))
        self.reason = " ".join(reasons)

    @classmethod
    def at(cls, field: str, reason: str) -> "InvalidMessage":
        """Create the error for a field within another, such as data.price."""
        top = field.partition(".")[0]
        error = cls({top: [reason if field == top else f"{field}: {reason}"]})
        error.field, error.reason = field, reason
        return error


_encoder = msgspec.json.Encoder(order="deterministic")
_packer = msgspec.msgpack.Encoder()


def read(given: Any, now: int) -> SentEvent:
    """Return the event that a decoded JSON value describes; without a timestamp, its time is `now`. Raise
    InvalidMessage when the value is not a valid event.

    >>> read({"session_id": "s", "category": "c", "name": ""}, 0)
    Traceback (most recent call last):
    analytics.sources.messages.events.InvalidMessage: {'name': ['This field may not be blank.']}
    """
    if not isinstance(given, Mapping):
        raise InvalidMessage({"non_field_errors": ["An event is a JSON object."]})
    problems: Problems = {}
    session_id = read_text("session_id", given, problems, max_length=MAX_TEXT)
    category = read_text("category", given, problems, max_length=MAX_TEXT)
    name = read_text("name", given, problems, max_length=MAX_TEXT)
    data = given.get("data", {})
    json = _data_json(data, problems)
    at = _time(given["timestamp"], problems) if given.get("timestamp") is not None else now
    event_id = _event_id(given.get("event_id"), problems)
    if problems:
        raise InvalidMessage(problems)
    return SentEvent(session_id, category, name, data, json, at, event_id)


def _data_json(data: Any, problems: Problems) -> bytes:
    """Return `data` as JSON text with sorted keys; note a problem if `data` is not an object that can be stored."""
    if not isinstance(data, dict):
        problems["data"] = ["Must be a JSON object."]
        return b""
    try:
        json = _json_unless_deep(data)
    except TypeError:  # JSON does not hold it
        problems["data"] = [f"data.{huge_numbers.find(data)}: The number is too large."]
        return b""
    if json is None:
        problems["data"] = [f"Nested deeper than {MAX_DATA_DEPTH}."]
    elif b"u0000" in json and b"\\u0000" in json.replace(b"\\\\", b""):
        problems["data"] = ["Holds a NUL character, which databases do not store."]
    else:
        return json
    return b""


def _json_unless_deep(data: dict[str, Any]) -> bytes | None:
    """Return `data` as JSON, None when it is nested too deeply. With few brackets its depth need not be measured."""
    try:
        json = _encoder.encode(data)
    except RecursionError:
        return None
    brackets = json.count(b"{") + json.count(b"[")
    return json if brackets <= MAX_DATA_DEPTH or depth(data) <= MAX_DATA_DEPTH else None


def _time(value: Any, problems: Problems) -> int:
    """Return a time, which may lie after the calendar: it is then refused as one of the future."""
    try:
        return timestamps.parse_iso_time(value, until=None)
    except Skip as error:
        problems["timestamp"] = [f"Must be an ISO 8601 date and time from 1970 to 2199 ({error.reason})."]
    except (AttributeError, OverflowError):
        problems["timestamp"] = ["Must be an ISO 8601 date and time, as in 2021-01-01T09:15:29.243860Z."]
    return 0


def readable_fields(given: Mapping[str, Any]) -> dict[str, str]:
    """Return the session id, category and name of what is not a valid event, as far as they are texts.

    >>> readable_fields({"session_id": "s", "category": 7})
    {'session_id': 's', 'category': '', 'name': ''}
    """
    found = {name: given.get(name) for name in ("session_id", "category", "name")}
    return {
        name: value[:MAX_TEXT].replace("\0", "\ufffd") if isinstance(value, str) else ""
        for name, value in found.items()
    }


def readable_time(given: Mapping[str, Any], now: int) -> int:
    """Return the time of what is not a valid event, cut to the calendar, or `now` if it has none."""
    problems: Problems = {}
    at = _time(given.get("timestamp"), problems)
    return now if problems else min(at, timestamps.TIME_END - 1)


def _event_id(value: Any, problems: Problems) -> str | None:
    if value is not None and (not isinstance(value, str) or not value):
        problems["event_id"] = ["Not a valid string."]
        return None
    return value


def is_future(sent: SentEvent, now: int) -> bool:
    return sent.at > now + CLOCK_TOLERANCE


def to_queued_event(sent: SentEvent, application: int) -> QueuedEvent:
    """Return the event as it is queued, with the digests that identify it."""
    key = fact_key(application, sent.event_id) if sent.event_id else None
    texts = (sent.session_id, sent.category, sent.name)
    return QueuedEvent(*texts, sent.json.decode(), sent.at, _content_digest(sent), key)


def _content_digest(sent: SentEvent) -> bytes:
    """Return 16 bytes that begin with the time, so that new events are added at the end of their index."""
    digested = digest(sent.session_id, sent.category, sent.name, sent.json)
    return sent.at.to_bytes(DIGEST_TIME_BYTES) + digested[DIGEST_TIME_BYTES:]


def fact_key(application: int, given: str) -> bytes:
    """Return 16 bytes for an id that an application gave; two applications may give the same id."""
    return digest(str(application), given)


def digest(*parts: str | bytes) -> bytes:
    """Return a digest of 16 bytes of the parts, each with its length: ("ab", "c") differs from ("a", "bc")."""
    return hashlib.blake2b(_packer.encode(parts), digest_size=16).digest()


def viewed_page(sent: SentEvent) -> str:
    """Return the host/path of a page view, written as blogs' urls are; empty when the event is no page view.

    >>> page = {"host": "Example.com", "path": "/a//b?x=1"}
    >>> viewed_page(SentEvent("s", "page interaction", "pageview", page, b"", 0))
    'example.com/a/b'
    >>> viewed_page(SentEvent("s", "form interaction", "submit", page, b"", 0))
    ''
    """
    if sent.name != PAGE_VIEW_NAME:
        return ""
    host, path = sent.data.get("host"), sent.data.get("path")
    if not isinstance(host, str) or not isinstance(path, str):
        return ""
    try:
        url = normal_page_url(normal_page_path(path), normal_host(host))
    except BadUrl:
        return ""
    return url if len(url) <= MAX_URL else ""


class PageViewer(NamedTuple):
    """The context of a page view, and the name of its visitor, empty if it is the one of the session."""

    context: ViewContext = UNKNOWN
    visitor: str = ""


def page_viewer(data: Mapping[str, Any], page: str, of_client: ContextClues) -> PageViewer:
    """Return who viewed a page and where from, as the data of a page view say; else as the headers of its client do.

    >>> page_viewer({"path": "/a?utm_source=news", "visitor": "ann"}, "example.com/a", ContextClues())[0].source
    'news'
    """
    texts, path = visit_origin.readable(data), data.get("path")
    url = path if isinstance(path, str) else ""
    clues = visit_origin.clues_of(texts, of_client, host=page.partition("/")[0], url=url)
    return PageViewer(view_context(clues), texts["visitor"])


def with_page_view(
    event: QueuedEvent,
    page: str,
    title: Any,
    *,
    country: str,
    address: bytes,
    agent: str,
    viewer: PageViewer = PageViewer(),  # noqa: B008 - it is never changed
) -> QueuedEvent:
    """Return the event with its view and its visit, as a view of this page by the visitor of its session."""
    host, slash, path = page.partition("/")
    subject = title[:MAX_TEXT] if isinstance(title, str) else ""
    who = visitor_from_name(event.session)
    view = QueuedBlogView(
        event.at,
        url=page,
        country=country,
        address=address,
        title=subject,
        context=viewer.context,
        visitor=visitor_from_name(viewer.visitor) if viewer.visitor else who,
    )
    came_from = ViewContext(referrer=viewer.context.referrer)
    visit = PageVisit(
        host, slash + path, subject, who, event.at, address=address, agent=agent, country=country, context=came_from
    )
    return replace(event, view=view, visit=visit)
