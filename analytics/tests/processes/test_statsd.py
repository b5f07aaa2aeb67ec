"""Figures are sent to StatsD, and a missing StatsD does no harm."""

import socket
import time
from contextlib import closing

import pytest
from django.core.management import call_command

from analytics import metrics
from analytics.metrics import to_statsd
from analytics.tests.event_factory import add_events
from analytics.tests.processes import sample_views
from analytics.tests.processes.other_process import manage
from analytics.tests.processes.servers import free_port

pytestmark = pytest.mark.django_db

MISSING = "statsd.invalid"
"""A name that no resolver knows, by RFC 6761."""


@pytest.fixture
def listening():
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(10)
        yield receiver


@pytest.fixture
def send_to(settings, monkeypatch):
    def use(host: str, port: int) -> None:
        settings.STATSD_HOST, settings.STATSD_PORT = host, port
        monkeypatch.setattr(to_statsd, "_known", {})

    return use


def received(listening: socket.socket, packets: int) -> dict[str, str]:
    return dict(listening.recv(1000).decode().split(":") for _ in range(packets))


def test_a_run_sends_how_long_it_took_and_what_it_did(listening, send_to):
    send_to(*listening.getsockname())
    sample_views.fill()
    began = time.monotonic()
    call_command("precalculate_stats", verbosity=0)
    took = (time.monotonic() - began) * 1000
    figures = received(listening, 3)
    assert figures.keys() == {"precalc.duration_ms", "precalc.created", "precalc.updated"}
    assert (figures["precalc.created"], figures["precalc.updated"]) == ("186|c", "0|c")
    milliseconds, kind = figures["precalc.duration_ms"].split("|")
    assert kind == "ms" and 1 <= float(milliseconds) <= took
    sample_views.view(sample_views.DAYS[0])
    call_command("precalculate_stats", "--rebuild", verbosity=0)
    figures = received(listening, 3)
    counts = int(figures["precalc.created"].split("|")[0]), int(figures["precalc.updated"].split("|")[0])
    assert counts in ((0, 186), (1, 186))


def test_events_have_figures_of_their_own_when_there_was_something_to_do(listening, send_to):
    send_to(*listening.getsockname())
    add_events("ann", "page/view", "2024-02-29", "2024-03-01")
    call_command("precalculate_stats", verbosity=0)
    figures = received(listening, 5)
    assert (figures["precalc.created"], figures["precalc.updated"]) == ("0|c", "0|c")
    assert (figures["precalc.events.created"], figures["precalc.events.updated"]) == ("2|c", "0|c")


def test_a_run_that_found_nothing_to_do_sends_zeros_and_a_dry_run_nothing(listening, send_to):
    send_to(*listening.getsockname())
    call_command("precalculate_stats", "--dry-run", verbosity=0)
    call_command("precalculate_stats", verbosity=0)
    assert received(listening, 3)["precalc.created"] == "0|c"
    listening.setblocking(False)
    with pytest.raises(BlockingIOError):
        listening.recv(1000)


def test_without_a_host_nothing_is_opened(send_to, monkeypatch):
    send_to("", 8125)
    monkeypatch.setattr(to_statsd.statsd, "Connection", lambda *address: pytest.fail("opened"))
    sample_views.fill()
    call_command("precalculate_stats", verbosity=0)


@pytest.mark.parametrize("host", ["127.0.0.1", MISSING])
def test_a_dead_host_is_looked_up_and_logged_once(send_to, caplog, monkeypatch, host):
    looked_up = []
    connect = to_statsd.statsd.Connection
    monkeypatch.setattr(
        to_statsd.statsd, "Connection", lambda *address: (looked_up.append(address), connect(*address))[1]
    )
    send_to(host, free_port())
    for _ in range(300):
        metrics.count("more", 1)
        metrics.timing("time", 1.5)
    assert len(looked_up) == 1
    assert [record for record in caplog.records if record.exc_info] == []
    assert len(caplog.records) <= 1


@pytest.mark.parametrize("host", ["127.0.0.1", MISSING])
def test_a_run_with_a_dead_host_succeeds_and_logs_it_once(empty, host):
    sample_views.fill()
    code, said, errors = manage("precalculate_stats", STATSD_HOST=host, STATSD_PORT=str(free_port()))
    assert code == 0 and "Created 186" in said
    assert "Traceback" not in errors
    assert len(errors.splitlines()) <= 1
