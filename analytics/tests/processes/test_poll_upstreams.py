"""Upstreams are polled over real HTTP: working ones, slow ones and broken ones."""

import json
import logging
import threading
import time
from contextlib import contextmanager, suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from analytics import clock
from analytics.access.flow import authenticate_key
from analytics.access.flow.create_key import create_key
from analytics.live.api import concurrents, snapshot_refresh
from analytics.live.flow import poll_upstreams
from analytics.management import background
from analytics.models import Page, Snapshot, Upstream
from analytics.sources.upstream import http_client
from analytics.tests.live.flow.test_take_snapshots import snapshots_of
from analytics.tests.processes.other_process import start
from analytics.tests.processes.servers import free_port, wait_for
from analytics.tests.visit_factory import HOST, START, after, show_visitors, store_visits, visit

KEY = "r" * 32
PATIENCE_SECONDS = 60.0
"""How long a test waits for what is to happen, on a machine that does other work as well."""
SECRET = "their-secret-key"
SECOND = b'[{"i": "Home", "path": "/", "visitors": 7}, {"i": "News", "path": "/news", "visitors": 2}]'
THIRD = (
    b'{"pages": [{"path": "/", "title": "Home", "stats": {"people": 9}}, {"path": "/news", "stats": {"people": 1}}]}'
)


class Service:
    """A service that gives a prepared answer, and records the requests."""

    def __init__(self) -> None:
        self.status, self.body, self.headers, self.asked = 200, SECOND, {}, []
        self.may_answer = threading.Event()
        self.may_answer.set()
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                service.asked.append(parse_qs(urlsplit(self.path).query))
                service.may_answer.wait()
                self.send_response(service.status)
                for name, value in service.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                with suppress(OSError):  # the client has closed the connection
                    service.write(self.wfile)

            def log_message(self, *about):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/live/toppages/"

    def write(self, out) -> None:
        out.write(self.body)


@contextmanager
def serving(service: Service):
    thread = threading.Thread(target=service.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service.may_answer.set()
        service.server.shutdown()
        service.server.server_close()
        thread.join()


@pytest.fixture
def service():
    with serving(Service()) as found:
        yield found


@pytest.fixture
def upstream(empty, service, settings):
    """Make the service the upstream of the host."""
    settings.IDEEZA_ACTIVE_SECONDS = 5
    return Upstream.objects.create(host=HOST, url=service.url, key=SECRET, interval=5)


@pytest.fixture
def ask(settings, monkeypatch):
    """Return a function that requests the increasing concurrents at so many seconds after the start, and returns status
    and answer."""
    settings.IDEEZA_API_OPEN = False
    authenticate_key.clear_cache()
    concurrents.answer_cache.clear()
    monkeypatch.setattr(snapshot_refresh, "MAX_WAIT_SECONDS", PATIENCE_SECONDS)

    def asked(seconds: float, host: str = HOST):
        monkeypatch.setattr(clock, "now", lambda: after(seconds))
        monkeypatch.setattr(concurrents.time, "monotonic", lambda: 1e6 + seconds)
        response = Client().get("/api/v1.0/increasingconcurrents", {"apikey": KEY, "host": host})
        answer = response.json()
        return response.status_code, answer if response.status_code != 200 else [tuple(e.values()) for e in answer]

    return asked


def poll(seconds: float, host: str = HOST) -> bool:
    return poll_upstreams.poll(poll_upstreams.source(host), after(seconds))


def happens(condition) -> bool:
    """Wait until the condition holds; return False if it never does."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return condition()


def recorded() -> Upstream:
    return Upstream.objects.get(host=HOST)


def test_an_upstream_may_answer_in_either_version(upstream, service):
    assert poll(0)
    service.body = THIRD
    assert poll(5)
    assert snapshots_of() == [(0, 9, {"/": 7, "/news": 2}), (5, 10, {"/": 9, "/news": 1})]
    assert service.asked[0] == {"apikey": [SECRET], "host": [HOST], "limit": ["100"]}
    assert dict(Page.objects.values_list("path", "subject")) == {"/": "Home", "/news": "News"}


def test_pages_are_the_same_in_either_version(upstream, service):
    """Version 3 names a page by host and path. The page of another host remains a page of its own."""
    answers = [
        [{"path": "/a", "i": "A", "visitors": 1}],
        {"pages": [{"path": f"{HOST}/a", "title": "A", "stats": {"people": 2}}]},
        {"pages": [{"path": f"https://www.{HOST}/a", "title": "A", "stats": {"people": 3}}]},
    ]
    for number, answer in enumerate(answers):
        service.body = json.dumps(answer).encode()
        assert poll(5 * number)
    assert snapshots_of() == [(0, 1, {"/a": 1}), (5, 2, {"/a": 2}), (10, 3, {"/a": 3})]
    service.body = json.dumps({"pages": [{"path": f"blog.{HOST}/a", "title": "B", "stats": {"people": 1}}]}).encode()
    assert poll(15)
    assert snapshots_of()[-1] == (15, 1, {f"blog.{HOST}/a": 1})


def test_an_upstream_is_polled_once_an_interval_however_many_requests_arrive(upstream, service):
    assert [poll(seconds) for seconds in (0, 1, 4.9, 5, 7)] == [True, False, False, True, False]
    assert len(service.asked) == 2


def test_of_two_polls_at_once_one_is_sent(upstream, service):
    source = poll_upstreams.source(HOST)
    assert [poll_upstreams.poll(source, START), poll_upstreams.poll(source, START)] == [True, False]
    assert len(service.asked) == 1


def test_callers_see_which_pages_of_the_upstream_increase(upstream, service, ask):
    create_key("anybody", [], ["read"], KEY)
    assert ask(0) == (200, [])
    service.body = THIRD
    assert ask(5) == (200, [("/", 2)])
    assert ask(7) == (200, [("/", 2)])


def test_visits_collected_here_do_not_mix_with_those_of_the_upstream(upstream, service):
    assert poll(0)
    store_visits([visit("/", number, 4) for number in range(50)])
    show_visitors({"/": 50}, 5)
    show_visitors({"/": 50}, 5, host="other.org")
    assert poll(5)
    assert [visitors for _, visitors, _ in snapshots_of()] == [9, 9]


def test_no_caller_waits_for_a_slow_upstream(upstream, service, ask, monkeypatch):
    create_key("anybody", [], ["read"], KEY)
    monkeypatch.setattr(snapshot_refresh, "MAX_WAIT_SECONDS", 0.25)
    monkeypatch.setattr(http_client, "TIMEOUT_SECONDS", PATIENCE_SECONDS)
    Upstream.objects.create(host="quick.org", url=service.url, interval=5)
    store_visits([visit("/", 1, -1, host="own.org")])
    service.may_answer.clear()
    for host in (HOST, "own.org"):
        assert ask(0, host) == (200, [])
    service.may_answer.set()
    assert happens(Snapshot.objects.filter(site__host=HOST).exists)
    assert snapshots_of() == [(0, 9, {"/": 7, "/news": 2})]


def test_a_slow_upstream_does_not_delay_another(upstream, service, monkeypatch):
    monkeypatch.setattr(http_client, "TIMEOUT_SECONDS", PATIENCE_SECONDS)
    with serving(Service()) as quick:
        Upstream.objects.create(host="quick.org", url=quick.url, interval=5)
        service.may_answer.clear()
        threads = {source.host: background.start_polling(source) for source in poll_upstreams.sources()}
        threads["quick.org"].join()
        assert Snapshot.objects.get().site.host == "quick.org"
        service.may_answer.set()
        threads[HOST].join()
    assert Snapshot.objects.count() == 2


def test_callers_get_an_error_as_long_as_the_upstream_refuses(upstream, service, ask):
    create_key("anybody", [], ["read"], KEY)
    service.status = 403
    status, answer = ask(0)
    assert (status, "refuses" in answer["detail"]) == (400, True)
    assert (recorded().status, recorded().failure) == (403, "It answered 403.")
    assert ask(1)[0] == 400
    assert ask(1, "own.org") == (200, [])
    service.status = 200
    assert ask(5) == (200, [])
    assert (recorded().status, recorded().failure, recorded().answered_at) == (200, "", after(5))


@pytest.mark.parametrize(
    "retry_after, pause", [("20", 20), ("Sun, 10 Mar 2024 12:00:30 GMT", 30), ("99999999", 3600), ("x", 5)]
)
def test_retry_after_is_obeyed(upstream, service, retry_after, pause):
    service.status, service.headers = 429, {"Retry-After": retry_after}
    assert not poll(0)
    assert not poll(pause - 0.1)
    assert len(service.asked) == 1
    service.status, service.headers = 200, {}
    assert poll(pause)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"null",
        b"{}",
        b'{"pages": 5}',
        b'[{"path": "/"}]',
        b'[{"path": "/", "visitors": "many"}]',
        b'[{"path": "/", "visitors": -1}]',
        b'[{"path": "/\\u0000", "visitors": 1}]',
        b'[{"path": "/", "visitors": 99999999999}]',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_a_malformed_answer_is_recorded_and_changes_nothing(upstream, service, body):
    assert poll(0)
    service.body = body
    assert not poll(5)
    assert recorded().failure
    assert len(snapshots_of()) == 1


def test_an_upstream_that_is_down_is_recorded_and_polled_again(upstream, service, ask):
    create_key("anybody", [], ["read"], KEY)
    assert poll(0)
    Upstream.objects.update(url=f"http://127.0.0.1:{free_port()}/")
    assert not poll(5)
    assert recorded().status == 0
    assert ask(6) == (200, [])
    Upstream.objects.update(url=service.url)
    assert poll(10)


def test_an_answer_that_does_not_end_is_abandoned(upstream, service, monkeypatch):
    monkeypatch.setattr(http_client, "TIMEOUT_SECONDS", 0.5)

    def drip(out):
        while True:
            out.write(b" ")
            time.sleep(0.05)

    service.write = drip
    assert not poll(0)
    assert "not finished" in recorded().failure


def test_an_answer_that_is_too_large_is_abandoned(upstream, service, monkeypatch):
    monkeypatch.setattr(http_client, "MAX_BODY_BYTES", 1000)
    service.body = SECOND * 50
    assert not poll(0)
    assert "1000 bytes" in recorded().failure


def test_redirects_are_not_followed(upstream, service):
    with serving(Service()) as other:
        service.status, service.headers = 302, {"Location": other.url}
        assert not poll(0)
        assert other.asked == []
    assert recorded().status == 302


def test_the_key_is_in_no_log_and_no_recorded_failure(upstream, service, caplog):
    caplog.set_level(logging.DEBUG)
    for status in (200, 403, 500):
        service.status = status
        background.start_polling(poll_upstreams.source(HOST)).join()
        Upstream.objects.update(asked_at=None)
    assert SECRET not in caplog.text + recorded().failure + repr(poll_upstreams.source(HOST))


def test_an_upstream_without_visitors_has_one_snapshot_of_zero(upstream, service):
    assert poll(0)
    service.body = b"[]"
    assert poll(5) and poll(10)
    assert [visitors for _, visitors, _ in snapshots_of()] == [9, 0]


def test_our_own_top_pages_are_an_upstream(upstream, service, ask):
    """Our server is its own upstream: the visitors counted for one host become those of another."""
    create_key("anybody", [], ["read"], KEY)
    port = free_port()
    server = start("manage.py", "runserver", "--noreload", str(port), DEBUG="1", IDEEZA_ACTIVE_SECONDS="3600")
    try:
        wait_for(port, server)
        now = clock.now()
        store_visits(
            [visit("/a", n, (now - START - timedelta(seconds=30)).total_seconds(), host="here.org") for n in range(3)]
        )
        for url in ("live/toppages/", "live/toppages/v3/"):
            Upstream.objects.update(url=f"http://127.0.0.1:{port}/{url}", key=KEY, asked_at=None)
            source = poll_upstreams.source(HOST)._replace(host="here.org")
            answer = http_client.get(source.url, {"apikey": KEY, "host": "here.org", "limit": "5"})
            assert poll_upstreams.toppages.read(answer.body, "here.org") == [("/a", "Title of /a", 3)]
            assert poll_upstreams.poll(poll_upstreams.source(HOST), now)
            assert recorded().status == 200
    finally:
        server.terminate()
        server.communicate(timeout=30)


def test_a_poll_by_a_clock_that_was_ahead_does_not_stop_the_polls(upstream):
    source = poll_upstreams.source(HOST)
    now = after(0)
    assert poll_upstreams.is_due(source._replace(asked_at=after(3600)), now)
    assert poll_upstreams.is_due(source._replace(ask_after=after(86_400)), now)
    assert not poll_upstreams.is_due(source._replace(asked_at=after(2)), now)
    assert not poll_upstreams.is_due(source._replace(ask_after=after(60)), now)
