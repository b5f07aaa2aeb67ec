"""Clients that send to the collectors and send again whatever was not taken; and what must be stored of it."""

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
from analytics.tests.processes.other_process import PATIENCE

PAGE = "example.com/page"
"""The blog that views are of."""


class Told(NamedTuple):
    """An event that was sent and taken."""

    session: str
    category: str
    name: str
    number: int


class Sender:
    """One connection to the server, made again when it breaks. `refusals` are the answers that were not."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=5)
        self.refusals: Counter[str] = Counter()

    def close(self) -> None:
        self._connection.close()

    def once(self, path: str, body: Any) -> tuple[int, Any, Any]:
        """Status, headers and body of the answer; raises when there is none."""
        self._connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        with self._connection.getresponse() as answer:
            text = answer.read()
        return answer.status, answer.headers, json.loads(text)

    def until_taken(self, path: str, body: Any) -> tuple[int, Any]:
        """The first answer that is no 5xx. A 5xx is a 503 that says when to come back."""
        patience = time.monotonic() + PATIENCE
        while time.monotonic() < patience:
            try:
                status, headers, said = self.once(path, body)
            except (OSError, HTTPException) as error:
                self.close()
                self.refusals[type(error).__name__] += 1
            else:
                if status < 500:
                    return status, said
                assert (status, headers["Retry-After"]) == (503, "1"), said
                self.refusals["503"] += 1
            time.sleep(0.05)
        raise AssertionError(f"{path} never took {body}: {self.refusals}")


def event(number: int, **more: Any) -> dict[str, Any]:
    told = Told(f"session {number % 7}", f"category {number % 2}", f"name {number % 5}", number)
    moment = {"timestamp": f"2021-01-01T09:{number // 60 % 60:02}:{number % 60:02}Z"}
    return (
        {"session_id": told.session, "category": told.category, "name": told.name, "data": {"n": number}}
        | moment
        | more
    )


def told(sent: dict[str, Any]) -> Told:
    return Told(sent["session_id"], sent["category"], sent["name"], sent["data"]["n"])


def to_eye(sender: Sender, number: int) -> list[Told]:
    sent = event(number)
    assert sender.until_taken("/eye", sent) == (200, "We got your data, thank you")
    return [told(sent)]


def plain(sender: Sender, number: int) -> list[Told]:
    """Who sends again without an event_id is told when it is there already."""
    sent, before = event(number), sender.refusals.total()
    status, said = sender.until_taken("/events/", sent)
    assert status == 201 or (status == 400 and said["non_field_errors"] and sender.refusals.total() > before), said
    return [told(sent)]


def with_id(sender: Sender, number: int) -> list[Told]:
    sent = event(number, event_id=f"event {number}")
    status, said = sender.until_taken("/events/", sent)
    assert status in (200, 201) and said["data"] == sent["data"], said
    return [told(sent)]


def several(sender: Sender, number: int) -> list[Told]:
    """Three events, the last of them a page view of the blog."""
    sent = [event(number * 1000 + place, event_id=f"event {number * 1000 + place}") for place in range(3)]
    sent[2] |= {"name": "pageview", "data": sent[2]["data"] | {"host": "example.com", "path": "/page"}}
    status, said = sender.until_taken("/events/", sent)
    assert (status, said["errors"], said["stored"] + said["duplicates"]) == (200, [], 3), said
    return list(map(told, sent))


def a_view(sender: Sender, number: int) -> list[Told]:
    status, said = sender.until_taken("/api/analytics/views/", {"url": PAGE, "view_id": f"view {number}"})
    assert status in (200, 201) and said["result"] in ("stored", "duplicate", "held"), said
    return []


WAYS = (to_eye, with_id, several, a_view, plain)
"""In turns. Every page view among the several is a view of the blog, too: of each five requests two views."""


class Storm:
    """So many requests a second from several senders at once, begun now; `taken` waits for its end."""

    SENDERS = 10

    def __init__(self, port: int, *, seconds: float, rate: float = 100, ways: tuple[Callable, ...] = WAYS) -> None:
        self.seconds, self.rate, self.ways = seconds, rate, ways
        self.requests = round(seconds * rate)
        self.senders = [Sender(port) for _ in range(self.SENDERS)]
        self._began = time.monotonic()
        self._pool = ThreadPoolExecutor(self.SENDERS)
        self._taken = [self._pool.submit(self._send, place) for place in range(self.SENDERS)]

    def _send(self, place: int) -> list[Told]:
        with closing(self.senders[place]) as sender:
            return [each for number in self._in_time(place) for each in self._way(number)(sender, number)]

    def _in_time(self, place: int) -> Iterator[int]:
        for number in range(place, self.requests, self.SENDERS):
            time.sleep(max(0.0, self._began + number / self.rate - time.monotonic()))
            yield number

    def _way(self, number: int) -> Callable[[Sender, int], list[Told]]:
        return self.ways[number // self.SENDERS % len(self.ways)]

    def wait_until(self, share: float) -> None:
        """Until this share of its time is over."""
        time.sleep(max(0.0, self._began + share * self.seconds - time.monotonic()))

    def taken(self) -> list[Told]:
        """What was acknowledged, which in the end is all."""
        with self._pool:
            return [each for part in self._taken for each in part.result()]

    @property
    def views(self) -> int:
        """Views of the blog among the requests."""
        return sum(self._way(number) in (several, a_view) for number in range(self.requests))

    @property
    def refusals(self) -> Counter[str]:
        return sum((sender.refusals for sender in self.senders), Counter())


def assert_stored(taken: list[Told], views: int) -> None:
    """Each once, none else, and counted so."""
    found = Event.objects.select_related("session", "kind")
    stored = [Told(each.session.name, each.kind.category, each.kind.name, each.data["n"]) for each in found]
    assert len(stored) == len(taken)
    assert sorted(stored) == sorted(taken)
    for by in ("session", "category", "name"):
        assert event_lists.counts(by, 1000) == Counter(getattr(each, by) for each in taken), by
    assert BlogView.objects.count() == views
    assert not DeadLetter.objects.exists()


def stored_numbers() -> list[int]:
    """Of the events, in the order of arrival."""
    return [each.data["n"] for each in Event.objects.order_by("id")]
