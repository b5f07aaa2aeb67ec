"""Several processes receive the same event, or many events, at the same time."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from analytics.models import Blog
from analytics.tests.processes.load_generator import PAGE, Sender, Storm, assert_stored, event, sent_event
from analytics.tests.processes.other_process import TIMEOUT_SECONDS
from analytics.tests.processes.web_and_workers import WebServer, web_server

FIFTY = 50


@pytest.fixture
def served(empty, tmp_path) -> Iterator[WebServer]:
    """Run four processes that answer, without Redis."""
    with web_server(tmp_path) as answering:
        yield answering


def all_at_once(port: int, path: str, body: Any) -> list[tuple[int, Any]]:
    """Send fifty requests at the same moment, each on a connection of its own, and return the answers."""
    ready = Barrier(FIFTY)

    def post() -> tuple[int, Any]:
        with closing(Sender(port)) as sender:
            ready.wait()
            return sender.send_until_accepted(path, body)

    with ThreadPoolExecutor(FIFTY) as pool:
        return [each.result() for each in [pool.submit(post) for _ in range(FIFTY)]]


def test_fifty_identical_posts_leave_one_row(served):
    answers = all_at_once(served.port, "/events/", event(1))
    assert Counter(status for status, _ in answers) == {201: 1, 400: FIFTY - 1}
    assert all("non_field_errors" in said for status, said in answers if status == 400)
    assert len({said["id"] for _, said in answers}) == 1
    assert_stored([sent_event(event(1))], views=0)


def test_fifty_identical_posts_with_an_event_id_get_the_same_answer(served):
    answers = all_at_once(served.port, "/events/", event(1, event_id="this one"))
    assert Counter(status for status, _ in answers) == {201: 1, 200: FIFTY - 1}
    assert all(said == answers[0][1] for _, said in answers)
    assert_stored([sent_event(event(1))], views=0)


def test_different_posts_all_arrive(served):
    Blog.objects.create(title="Page", author=get_user_model().objects.create(username="ada"), url=PAGE)
    storm = Storm(served.port, seconds=3, patience=TIMEOUT_SECONDS)
    assert_stored(storm.accepted(), storm.views)
    assert set(storm.refusals) <= {"503"}
