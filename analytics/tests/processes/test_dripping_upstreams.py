"""Upstreams that do not come to an end take nothing from others: neither threads, nor connections, nor time."""

import socket
import threading
import time
from contextlib import contextmanager, suppress

import pytest

from analytics import database
from analytics.live.flow import poll_upstreams
from analytics.management import background
from analytics.models import Upstream
from analytics.sources.upstream import http_client
from analytics.sources.upstream.http_client import NoAnswer
from analytics.tests.processes.other_process import TIMEOUT_SECONDS
from analytics.tests.processes.test_poll_upstreams import Service, serving
from analytics.tests.visit_factory import after

HEAD = b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 10_000
HOSTS = ("drips.example", "silent.example", "endless.example")


@contextmanager
def dripping(first: bytes, drop: bytes):
    """Serve connections that send `first`, then a drop every twentieth of a second, without end."""
    listener, stop = socket.create_server(("127.0.0.1", 0)), threading.Event()

    def serve() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=drip, args=(listener.accept()[0],), daemon=True).start()

    def drip(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            connection.sendall(first)
            while not stop.wait(0.05):
                connection.sendall(drop)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/live/toppages/"
    finally:
        stop.set()
        listener.close()


ENDLESS = {
    "the head": (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a"),
    "nothing": (b"", b""),
    "the body": (b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b"["),
    "the first line": (b"", b"H"),
}


@pytest.mark.parametrize(("first", "drop"), ENDLESS.values(), ids=ENDLESS)
def test_an_exchange_ends_whatever_the_server_drips(monkeypatch, first, drop):
    monkeypatch.setattr(http_client, "TIMEOUT_SECONDS", 0.5)
    with dripping(first, drop) as url, pytest.raises(NoAnswer, match=r"not finished after 0.5 s"):
        http_client.get(url, {})


@pytest.mark.parametrize("first", [b"", b"\x16\x03\x03\x40\x00"])
def test_a_handshake_that_does_not_come_to_an_end_is_abandoned(monkeypatch, first):
    monkeypatch.setattr(http_client, "TIMEOUT_SECONDS", 0.5)
    with dripping(first, b"\x02") as url, pytest.raises(NoAnswer):
        http_client.get(url.replace("http:", "https:"), {})


def test_a_host_is_asked_once_at_a_time_and_without_a_connection(empty, monkeypatch):
    monkeypatch.setattr(http_client, "TIMEOUT_SECONDS", 3.0)
    with dripping(*ENDLESS["the head"]) as url:
        for host in HOSTS:
            Upstream.objects.create(host=host, url=url, key="secret", interval=3)
        before = open_connections()
        polling = [
            background.start_polling(poll_upstreams.source(host)._replace(asked_at=None))
            for host in HOSTS
            for _ in range(5)
        ]
        while Upstream.objects.filter(asked_at=None).exists() or open_connections() > before:
            assert any(thread.is_alive() for thread in polling)
        assert sum(thread.is_alive() for thread in polling) <= len(HOSTS)
        for thread in polling:
            thread.join()
    wait_until(lambda: open_connections() <= before)  # the server notices the end of a connection a little later
    assert not poll_upstreams._asking
    assert [each.failure for each in Upstream.objects.all()] == ["not finished after 3 s"] * len(HOSTS)


def test_a_host_that_is_being_asked_is_not_asked_again(empty, monkeypatch):
    with dripping(*ENDLESS["the head"]) as url:
        Upstream.objects.create(host="drips.example", url=url, interval=3)
        source = poll_upstreams.source("drips.example")
        polling = threading.Thread(target=poll_upstreams.poll, args=(source, after(0)))
        polling.start()
        while Upstream.objects.get().asked_at is None:
            pass
        assert not poll_upstreams.poll(poll_upstreams.source("drips.example"), after(60))
        assert Upstream.objects.get().asked_at == after(0)
        polling.join()


def test_a_healthy_host_is_asked_while_others_drip(empty):
    with dripping(*ENDLESS["the head"]) as url, serving(Service()) as service:
        for host in HOSTS:
            Upstream.objects.create(host=host, url=url, interval=3)
        Upstream.objects.create(host="well.example", url=service.url, interval=3)
        background.run_once()
    assert {each.host: each.status for each in Upstream.objects.all()} == {
        **dict.fromkeys(HOSTS, 0),
        "well.example": 200,
    }


def wait_until(condition) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not condition():
        assert time.monotonic() < deadline


def open_connections() -> int:
    """Return the number of connections to the database of the test; SQLite has none to run out of."""
    if not database.on_postgres():
        return 0
    return database.value("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
