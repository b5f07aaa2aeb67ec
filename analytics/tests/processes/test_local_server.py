"""What `make run` ends in: a server for this machine that rolls up beside, and refuses a port that is in use."""

import signal
import time
import urllib.request

import pytest

from analytics.datasets import VIEWS
from analytics.tests.processes import sample_views
from analytics.tests.processes.other_process import TIMEOUT_SECONDS, result_of, start
from analytics.tests.processes.servers import free_port
from analytics.warehouse.store import stale_days


def answers(port: int) -> bool:
    try:
        return urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).status == 200
    except OSError:
        return False


def wait_for(condition) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.parametrize("ended_by", [signal.SIGINT, signal.SIGTERM])
def test_it_rolls_up_what_changed_refuses_a_used_port_and_ends_cleanly(rolled_up, ended_by):
    port = free_port()
    sample_views.view(sample_views.MIDDLE)
    server = start("-m", "ideeza.serve", "serve", str(port), IDEEZA_API_OPEN="true")
    try:
        wait_for(lambda: answers(port) and not stale_days.stale_days(VIEWS))
        assert sample_views.total() == 401
        code, _, errors = result_of(start("-m", "ideeza.serve", "check", str(port)))
        assert code == 1 and f"Port {port} cannot be used" in errors and f"PORT={port + 1}" in errors
    finally:
        server.send_signal(ended_by)
        code, _, errors = result_of(server)
    assert code == 0 and "Traceback" not in errors
    assert not answers(port)


@pytest.mark.parametrize("seconds", [0.5, 1.0, 2.0])
def test_it_can_be_stopped_while_it_starts(rolled_up, seconds):
    server = start("-m", "ideeza.serve", "serve", str(free_port()))
    time.sleep(seconds)
    server.send_signal(signal.SIGTERM)
    assert server.wait(TIMEOUT_SECONDS) is not None
    result_of(server)


def test_repeated_roll_ups_take_what_changed_meanwhile(rolled_up):
    sample_views.view(sample_views.MIDDLE)
    repeating = start("manage.py", "precalculate_stats", "--every", "1", IDEEZA_ROLLUPS="country")  # none to be filled
    try:
        wait_for(lambda: not stale_days.stale_days(VIEWS))
        sample_views.view(sample_views.MIDDLE, 2)
        wait_for(lambda: not stale_days.stale_days(VIEWS))
        assert sample_views.total() == 403
    finally:
        repeating.send_signal(signal.SIGTERM)
        code, said, errors = result_of(repeating)
    assert code == 0 and said.count("Starting pre-calculation...") >= 2 and errors == ""
