"""Prometheus sees the sum of what all processes have counted, whichever process answers."""

import json
import time
import urllib.request
from collections.abc import Iterator

import pytest

from analytics.tests.processes import sample_views
from analytics.tests.processes.other_process import TIMEOUT_SECONDS, manage
from analytics.tests.processes.web_and_workers import WebServer, web_server

REQUESTS = 40


@pytest.fixture
def environment(tmp_path) -> dict[str, str]:
    return {"IDEEZA_METRICS_TOKEN": "the token", "IDEEZA_METRICS_FOLDER": str(tmp_path / "figures")}


@pytest.fixture
def server(empty, tmp_path, environment) -> Iterator[WebServer]:
    with web_server(tmp_path, workers=2, **environment) as server:
        yield server


def ask(server: WebServer) -> None:
    """Ask a question, on a connection of its own, so that any worker may answer."""
    url, body = f"http://127.0.0.1:{server.port}/api/analytics/performance/", json.dumps({}).encode()
    urllib.request.urlopen(urllib.request.Request(url, body, {"Content-Type": "application/json"}), timeout=30).close()


def scrape(server: WebServer) -> dict[str, float]:
    url = f"http://127.0.0.1:{server.port}/metrics"
    request = urllib.request.Request(url, headers={"Authorization": "Bearer the token"})
    with urllib.request.urlopen(request, timeout=30) as response:
        lines = response.read().decode().splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}


def answered(server: WebServer) -> float:
    return scrape(server).get('ideeza_requests_total{part="query",status="200"}', 0)


def test_counts_of_two_workers_are_summed_and_outlive_a_killed_one(server, tmp_path):
    for _ in range(REQUESTS):
        ask(server)
    assert {answered(server) for _ in range(10)} == {REQUESTS}
    server.kill_a_worker()
    wait_for_third_worker(server)
    for _ in range(REQUESTS):
        ask(server)
    assert {answered(server) for _ in range(10)} == {2 * REQUESTS}
    assert len(list((tmp_path / "figures").glob("counter_*.db"))) <= 2


def wait_for_third_worker(server: WebServer) -> None:
    """Wait until the worker that replaces the killed one has started: Granian 2.8 does not stop while one starts."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while server.log().count("Started worker-") < 3:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_roll_up_is_counted_by_the_server_that_is_scraped(server, environment):
    sample_views.fill()
    for _ in range(3):
        code, _, errors = manage("precalculate_stats", **environment)
        assert code == 0, errors
    shown = scrape(server)
    assert shown['ideeza_rollup_summaries_total{dataset="views",result="created"}'] == 186
    assert shown["ideeza_rollup_duration_seconds_count"] == 3
