"""Clients that send requests until they are accepted, and checks that all accepted events are stored."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from typing import Any, NamedTuple

from analytics.ingest.store import event_lists
from analytics.models import BlogView, DeadLetter, Event
from analytics.tests.processes.other_process import TIMEOUT_SECONDS

PAGE = "example.com/page"
"""The URL of the blog that is viewed."""


class SentEvent(NamedTuple):
    """An event that was sent and accepted."""

    session: str
    category: str
    name: str
    number: int


class Sender:
    """A connection to the server, opened again when it breaks. `refusals` counts the failed requests by reason.
    An answer that takes longer than `patience` seconds is a refusal."""

    def __init__(self, port: int, patience: float = 5.0) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=patience)
        self.refusals: Counter[str] = Counter()

    def close(self) -> None:
        self._connection.close()

    def send_once(self, path: str, body: Any) -> tuple[int, Any, Any]:
        """Return status, headers and body of the answer. Raise OSError or HTTPException if there is none."""
        self._connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        with self._connection.getresponse() as answer:
            text = answer.read()
        return answer.status, answer.headers, json.loads(text)

    def send_until_accepted(self, path: str, body: Any) -> tuple[int, Any]:
        """Send until the answer is no 5xx, and return its status and body. A 5xx must be a 503 with Retry-After."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            try:
                status, headers, said = self.send_once(path, body)
            except (OSError, HTTPException) as error:
                self.close()
                self.refusals[type(error).__name__] += 1
            else:
                if status < 500:
                    return status, said
                assert (status, headers["Retry-After"]) == (503, "1"), said
                self.refusals["503"] += 1
            time.sleep(0.05)
        raise AssertionError(f"{path} never accepted {body}: {self.refusals}")


def event(number: int, **more: Any) -> dict[str, Any]:
    moment = {"timestamp": f"2021-01-01T09:{number // 60 % 60:02}:{number % 60:02}Z"}
    names = {"session_id": f"session {number % 7}", "category": f"category {number % 2}", "name": f"name {number % 5}"}
    return names | {"data": {"n": number}} | moment | more


def sent_event(sent: dict[str, Any]) -> SentEvent:
    return SentEvent(sent["session_id"], sent["category"], sent["name"], sent["data"]["n"])


def send_to_eye(sender: Sender, number: int) -> list[SentEvent]:
    sent = event(number)
    assert sender.send_until_accepted("/eye", sent) == (200, "We got your data, thank you")
    return [sent_event(sent)]


def send_event(sender: Sender, number: int) -> list[SentEvent]:
    """Without an event_id, the answer to a repeated event says that it is a duplicate."""
    sent, before = event(number), sender.refusals.total()
    status, said = sender.send_until_accepted("/events/", sent)
    assert status == 201 or (status == 400 and said["non_field_errors"] and sender.refusals.total() > before), said
    return [sent_event(sent)]


def send_with_id(sender: Sender, number: int) -> list[SentEvent]:
    sent = event(number, event_id=f"event {number}")
    status, said = sender.send_until_accepted("/events/", sent)
    assert status in (200, 201) and said["data"] == sent["data"], said
    return [sent_event(sent)]


def send_list(sender: Sender, number: int) -> list[SentEvent]:
    """Send three events, the last of them a page view of the blog."""
    sent = [event(number * 1000 + place, event_id=f"event {number * 1000 + place}") for place in range(3)]
    sent[2] |= {"name": "pageview", "data": sent[2]["data"] | {"host": "example.com", "path": "/page"}}
    status, said = sender.send_until_accepted("/events/", sent)
    assert (status, said["errors"], said["stored"] + said["duplicates"]) == (200, [], 3), said
    return list(map(sent_event, sent))


def send_view(sender: Sender, number: int) -> list[SentEvent]:
    status, said = sender.send_until_accepted("/api/analytics/views/", {"url": PAGE, "view_id": f"view {number}"})
    assert status in (200, 201) and said["result"] in ("stored", "duplicate", "held"), said
    return []


WAYS = (send_to_eye, send_with_id, send_list, send_view, send_event)
"""Requests are sent in these ways in turn. The last event of each list is a view of the blog, too: five requests make
two views."""


class Storm:
    """Send `rate` requests a second from several senders, beginning now. `accepted` waits for the end."""

    SENDERS = 10

    def __init__(
        self, port: int, *, seconds: float, rate: float = 100, ways: tuple[Callable, ...] = WAYS, patience: float = 5.0
    ) -> None:
        self.seconds, self.rate, self.ways = seconds, rate, ways
        self.requests = round(seconds * rate)
        self.senders = [Sender(port, patience) for _ in range(self.SENDERS)]
        self._began = time.monotonic()
        self._pool = ThreadPoolExecutor(self.SENDERS)
        self._accepted = [self._pool.submit(self._send, place) for place in range(self.SENDERS)]

    def _send(self, place: int) -> list[SentEvent]:
        with closing(self.senders[place]) as sender:
            return [each for number in self._in_time(place) for each in self._way(number)(sender, number)]

    def _in_time(self, place: int) -> Iterator[int]:
        for number in range(place, self.requests, self.SENDERS):
            time.sleep(max(0.0, self._began + number / self.rate - time.monotonic()))
            yield number

    def _way(self, number: int) -> Callable[[Sender, int], list[SentEvent]]:
        return self.ways[number // self.SENDERS % len(self.ways)]

    def wait_until(self, share: float) -> None:
        """Wait until this share of the time is over."""
        time.sleep(max(0.0, self._began + share * self.seconds - time.monotonic()))

    def accepted(self) -> list[SentEvent]:
        """Wait for the end, and return the acknowledged events: all of them, because each is sent until it is
        accepted."""
        with self._pool:
            return [each for part in self._accepted for each in part.result()]

    @property
    def views(self) -> int:
        """The number of views of the blog among the requests."""
        return sum(self._way(number) in (send_list, send_view) for number in range(self.requests))

    @property
    def refusals(self) -> Counter[str]:
        return sum((sender.refusals for sender in self.senders), Counter())


def assert_stored(accepted: list[SentEvent], views: int) -> None:
    """Check that each event is stored once, that there are no others, and that the counts are right."""
    found = Event.objects.select_related("session", "kind")
    stored = [SentEvent(each.session.name, each.kind.category, each.kind.name, each.data["n"]) for each in found]
    assert len(stored) == len(accepted)
    assert sorted(stored) == sorted(accepted)
    for by in ("session", "category", "name"):
        assert event_lists.counts(by, 1000) == Counter(getattr(each, by) for each in accepted), by
    assert BlogView.objects.count() == views
    assert not DeadLetter.objects.exists()


def stored_numbers() -> list[int]:
    """Return the numbers of the stored events, in the order of arrival."""
    return [each.data["n"] for each in Event.objects.order_by("id")]
