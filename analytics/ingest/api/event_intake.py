"""Turn the events sent to The Eye, the events API, into what is stored of them."""

import time
import uuid
from collections import Counter
from dataclasses import dataclass
from typing import Any

import msgspec
from django.http import HttpRequest

from analytics import clock
from analytics.access.api.api_keys import Caller, given_key, require_collect_key
from analytics.ingest.api.client import Client, client_of
from analytics.ingest.flow.validate_event import validate
from analytics.sources.contexts import ContextClues
from analytics.sources.lookups import geoip
from analytics.sources.messages.deliveries import Delivery, QueuedEvent, RejectedEvent
from analytics.sources.messages.events import (
    InvalidMessage,
    SentEvent,
    is_future,
    page_viewer,
    read,
    readable_fields,
    readable_time,
    to_queued_event,
    viewed_page,
    with_page_view,
)
from analytics.sources.messages.field_checks import depth

NO_VISITOR = ("", b"", "")
KEY_SHOWN = "[key]"
FUTURE = "Timestamp cannot be future"
MAX_RECORDED_DEPTH = 500
"""The levels of nesting of an event that is recorded as it was sent. Python 3.11 reads less than 1,000 and Python 3.14
tens of thousands, but SQLite 1,000, and PostgreSQL as many as its stack holds."""


@dataclass(slots=True)
class EventIntake:
    """One request that sends events: its caller, client and time, and what is to be stored besides its valid events.

    `accept` adds to `rejected`, the rejected events, and to `bots`, the number of page views by bots per host.
    """

    caller: Caller
    client: Client
    key: str
    now: int
    moment: float
    rejected: list[RejectedEvent]
    bots: Counter[str]

    @classmethod
    def of(cls, request: HttpRequest) -> "EventIntake":
        return cls(
            require_collect_key(request),
            client_of(request),
            given_key(request),
            clock.now_microseconds(),
            time.monotonic(),
            [],
            Counter(),
        )

    def accept(self, given: Any) -> QueuedEvent:
        """Return the event to store. Raise InvalidMessage for data that is not an event, and for an event that lies in
        the future, breaks its rule or is of a host that the key is not for. A JSON object that is refused is recorded
        in `rejected`."""
        try:
            return self._valid(given)
        except InvalidMessage as error:
            if isinstance(given, dict):
                self._record(given, error)
            raise

    def _valid(self, given: Any) -> QueuedEvent:
        sent = read(given, self.now)
        if is_future(sent, self.now):
            raise InvalidMessage({"timestamp": [FUTURE]})
        if violation := validate(sent, self.moment):
            raise InvalidMessage.at(violation.field, violation.reason)
        event, page = to_queued_event(sent, self.caller.application), viewed_page(sent)
        return self._with_page_view(event, sent, page) if page else event

    def _record(self, given: dict[str, Any], error: InvalidMessage) -> None:
        """Record an event that is refused, without the key that was sent with it."""
        known, shown = readable_fields(given), remove_key(given, self.key)
        kept = shown if depth(shown) <= MAX_RECORDED_DEPTH else known
        payload = (
            msgspec.json.encode(kept, enc_hook=str).decode().replace("\\u0000", "\\ufffd")
        )  # no database stores NUL
        field, reason = remove_key([error.field, error.reason], self.key)
        session, category, name = known.values()
        at, is_bot = readable_time(given, self.now), self.client.is_bot
        self.rejected.append(RejectedEvent(session, category, name, at, payload, field, reason, is_bot))

    def _with_page_view(self, event: QueuedEvent, sent: SentEvent, page: str) -> QueuedEvent:
        """Return the event with its page view, or count a bot's view and return the event alone.

        A page view that the page itself sends comes from the visitor's address and browser; one that a server sends
        does not. If the visitor refuses tracking, return the event alone. Raise InvalidMessage when the key does not
        cover the page's host.
        """
        host, client = page.partition("/")[0], self.client
        if not self.caller.covers_host(host):
            raise InvalidMessage({"data": [f"This key is not for {host}."]})
        if client.is_bot:
            self.bots[host] += 1
            return event
        if client.is_page and client.refuses_tracking:
            return event
        country, address, agent = NO_VISITOR
        if client.is_page:
            country, address, agent = client.country, client.kept_address, client.agent
        code = sent.data.get("country_code")
        if isinstance(code, str) and geoip.is_country(code.upper()):
            country = code.upper()
        viewer = page_viewer(sent.data, page, client.clues if client.is_page else ContextClues())
        title = sent.data.get("title")
        return with_page_view(event, page, title, country=country, address=address, agent=agent, viewer=viewer)

    def delivery(self, events: list[QueuedEvent]) -> Delivery:
        id, application = uuid.uuid4().bytes, self.caller.application
        return Delivery(id, application, self.now, events=events, rejected=self.rejected, bots=dict(self.bots))


def remove_key(given: Any, key: str) -> Any:
    """Return JSON data with `[key]` in place of the key, in texts and in names; a number is replaced as a whole.

    Change lists and objects in place, without recursion: they may be nested deeply.

    >>> remove_key({"77": ["a 77", 77, 177, True]}, "77")
    {'[key]': ['a [key]', '[key]', 177, True]}
    """
    top = [given]
    waiting: list[Any] = [top] if key else []
    while waiting:
        match waiting.pop():
            case dict() as found:
                replaced = {name.replace(key, KEY_SHOWN): _hidden(value, key) for name, value in found.items()}
                found.clear()
                found.update(replaced)
                waiting += found.values()
            case list() as found:
                found[:] = [_hidden(value, key) for value in found]
                waiting += found
    return top[0]


def _hidden(value: Any, key: str) -> Any:
    if isinstance(value, str):
        return value.replace(key, KEY_SHOWN)
    return KEY_SHOWN if type(value) in (int, float) and str(value) == key else value


__all__ = ["FUTURE", "EventIntake", "InvalidMessage"]
