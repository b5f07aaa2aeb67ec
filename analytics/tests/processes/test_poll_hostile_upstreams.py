"""Upstreams that never finish cost neither threads nor connections, and do not delay those that answer."""

import socket
import threading
from contextlib import ExitStack, contextmanager, suppress

import pytest
from django.db import connection

from analytics import clock
from analytics.live.flow import poll_upstreams
from analytics.management.background import LiveWork
from analytics.models import Upstream
from analytics.sources.upstream import host_names, http_client
from analytics.tests.processes.test_poll_upstreams import PATIENCE_SECONDS, Service, happens, serving

INTERVAL_SECONDS = 3
HEAD = b"HTTP/1.1 200 OK\r\n"
WORKER_THREADS = 4


def drip_headers(peer: socket.socket, ended: threading.Event) -> None:
    peer.sendall(HEAD)
    while not ended.wait(1.0):
        peer.sendall(b"x")


def say_nothing(peer: socket.socket, ended: threading.Event) -> None:
    ended.wait()


def send_without_end(peer: socket.socket, ended: threading.Event) -> None:
    peer.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    while not ended.wait(0.001):
        peer.sendall(b"1000\r\n" + b" " * 4096 + b"\r\n")


def redirect_without_end(peer: socket.socket, ended: threading.Event) -> None:
    peer.sendall(b"HTTP/1.1 302 Found\r\nLocation: /\r\n")
    while not ended.wait(1.0):
        peer.sendall(b"x")


HOSTILE = (drip_headers, say_nothing, send_without_end, redirect_without_end)


@contextmanager
def behaving(behave):
    """Serve on a port of its own, and behave like this to each connection; yield the URL."""
    ended = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(peer: socket.socket) -> None:
        with suppress(OSError), peer:
            peer.recv(4096)
            behave(peer, ended)

    def accept() -> None:
        with suppress(OSError):
            while True:
                peer, _ = listener.accept()
                threading.Thread(target=serve, args=(peer,), name="hostile", daemon=True).start()

    threading.Thread(target=accept, name="hostile", daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        ended.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


@pytest.mark.parametrize("behave", [drip_headers, say_nothing, redirect_without_end])
def test_an_exchange_ends_by_its_deadline(behave, monkeypatch):
    monkeypatch.setattr(http_client, "TIMEOUT_SECONDS", 2.5)
    with behaving(behave) as url, pytest.raises(http_client.NoAnswer, match="not finished after 2.5 s"):
        http_client.get(url, {})


def test_a_handshake_ends_by_the_deadline(monkeypatch):
    monkeypatch.setattr(http_client, "TIMEOUT_SECONDS", 2.5)
    with behaving(drip_headers) as url, pytest.raises(http_client.NoAnswer):
        http_client.get(url.replace("http:", "https:"), {})
    with behaving(say_nothing) as url, pytest.raises(http_client.NoAnswer, match="not finished"):
        http_client.get(url.replace("http:", "https:"), {})


def test_a_body_without_end_is_abandoned():
    with behaving(send_without_end) as url, pytest.raises(http_client.NoAnswer):
        http_client.get(url, {})


def test_an_answer_that_is_cut_off_is_no_answer():
    def cut(peer: socket.socket, ended: threading.Event) -> None:
        peer.sendall(HEAD + b"Content-Length: 100\r\n\r\n[]")

    with behaving(cut) as url, pytest.raises(http_client.NoAnswer, match="cut off"):
        http_client.get(url, {})


def test_a_name_that_the_resolver_does_not_find_in_time_has_one_thread(monkeypatch):
    answer = threading.Event()
    found = host_names._addresses

    def addresses(host, port, flags=0):
        if host == "stuck.example" and not flags:
            answer.wait()
            host = "127.0.0.1"
        return found(host, port, flags)

    def resolving():
        return [thread for thread in threading.enumerate() if thread.name == "resolve stuck.example"]

    monkeypatch.setattr(host_names, "_addresses", addresses)
    monkeypatch.setattr(http_client, "TIMEOUT_SECONDS", 0.2)
    try:
        for reason in ("not resolved in time", "has not answered", "has not answered"):
            with pytest.raises(http_client.NoAnswer, match=reason):
                http_client.get("http://stuck.example/", {})
            assert len(resolving()) == 1
        assert host_names.resolve("localhost", 80, PATIENCE_SECONDS)
    finally:
        answer.set()
    assert happens(lambda: not resolving())
    assert host_names.resolve("stuck.example", 80, PATIENCE_SECONDS)


def test_no_name_is_looked_up_while_too_many_wait(monkeypatch):
    monkeypatch.setattr(host_names, "_pending", {"one"})
    monkeypatch.setattr(host_names, "MAX_LOOKUPS", 1)
    with pytest.raises(host_names.NotResolved, match="too few"):
        host_names.resolve("two.example", 80, 1.0)
    assert host_names.resolve("127.0.0.1", 80, 1.0)[0][1] == ("127.0.0.1", 80)


def polling_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("upstream ")]


def sessions() -> int:
    """Return the number of connections to this database, without those of the server itself."""
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND backend_type = 'client backend'"
        )
        return cursor.fetchone()[0]


def show_no_connections(polling: int, connections: int) -> bool:
    """Return whether enough threads are polling to tell that they do so without connections; the worker's own have
    one each."""
    return polling >= WORKER_THREADS + 3 and connections < polling


@contextmanager
def upstreams():
    """Provide a hostile upstream of each sort, three hosts each, and a healthy one; yield the healthy one."""
    with serving(Service()) as healthy, ExitStack() as servers:
        urls = [servers.enter_context(behaving(each)) for each in HOSTILE]
        for number, url in enumerate(urls * 3):
            Upstream.objects.create(host=f"hostile-{number}.org", url=url, interval=INTERVAL_SECONDS)
        Upstream.objects.create(host="healthy.org", url=healthy.url, interval=INTERVAL_SECONDS)
        yield healthy


def test_hostile_upstreams_cost_no_threads_or_connections_and_delay_nobody(empty):
    threads, before, stop = threading.active_count(), sessions(), threading.Event()
    with upstreams() as healthy, LiveWork(stop):
        for polls in range(1, 4):
            assert happens(lambda polls=polls: len(healthy.asked) >= polls)
            names = polling_threads()
            assert len(names) == len(set(names)) <= 13
        # Most of the twelve wait for an answer now. With a connection each, they would have more than they are.
        seen = []
        assert happens(
            lambda: seen.append((len(polling_threads()), sessions() - before)) or show_no_connections(*seen[-1])
        ), seen
        assert happens(lambda: Upstream.objects.filter(host__startswith="hostile", failure="").count() == 0)
        assert Upstream.objects.get(host="healthy.org").answered_at is not None
        stop.set()
    assert happens(lambda: threading.active_count() <= threads and sessions() <= before)


def test_a_host_is_not_asked_by_two_while_its_answer_is_pending(empty):
    with behaving(say_nothing) as url:
        Upstream.objects.create(host="a.org", url=url, interval=INTERVAL_SECONDS)
        now = clock.now()
        asking = threading.Thread(target=poll_upstreams.poll, args=(poll_upstreams.source("a.org"), now))
        asking.start()
        assert happens(lambda: poll_upstreams.source("a.org").asked_at == now)
        later = now + poll_upstreams.MAX_QUESTION - clock.MAX_DIFFERENCE * 0.001
        assert not poll_upstreams.is_due(poll_upstreams.source("a.org"), later)
        asking.join()
        assert poll_upstreams.is_due(poll_upstreams.source("a.org"), later)
