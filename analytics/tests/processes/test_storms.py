"""Servers and workers die under a hundred requests a second, and every acknowledged event is stored once. Each storm
lasts 6 seconds, or a minute with `--storm 60`. `--log-cli-level INFO` logs what was sent and refused."""

import logging
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.db import connection

from analytics.models import Blog
from analytics.tests.processes.load_generator import PAGE, Storm, assert_stored
from analytics.tests.processes.other_process import TIMEOUT_SECONDS
from analytics.tests.processes.servers import RedisServer
from analytics.tests.processes.web_and_workers import Collectors, WebServer, collectors, web_server

pytestmark = [pytest.mark.postgres, pytest.mark.redis_server]

log = logging.getLogger(__name__)
SENT_AWAY, CRASHED = signal.SIGINT, signal.SIGQUIT


@pytest.fixture(scope="session")
def seconds(request) -> float:
    return request.config.getoption("--storm")


@contextmanager
def appending_redis(folder: Path) -> Iterator[RedisServer]:
    """Run a Redis that keeps its data when it stops."""
    server = RedisServer(folder, appendfsync="everysec")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def inbox(tmp_path_factory) -> Iterator[RedisServer]:
    with appending_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


def add_blog() -> None:
    Blog.objects.create(title="Page", author=get_user_model().objects.create(username="ada"), url=PAGE)


@contextmanager
def serving(inbox: RedisServer, folder: Path) -> Iterator[tuple[WebServer, Collectors]]:
    """Run four processes that answer and two that drain, on the database of the test."""
    environment = {"REDIS_URL": inbox.url, "IDEEZA_INBOX": "true"}
    with web_server(folder, **environment) as answering, collectors(2, **environment) as draining:
        yield answering, draining


@pytest.fixture(scope="module")
def started(django_db_setup, inbox, tmp_path_factory) -> Iterator[tuple[WebServer, Collectors]]:
    with serving(inbox, tmp_path_factory.mktemp("web")) as both:
        yield both


@pytest.fixture
def served(empty, started) -> tuple[WebServer, Collectors]:
    add_blog()
    return started


def wait_until_drained(inbox: RedisServer) -> None:
    """Wait until the inbox is empty. The entries of a dead worker go to another after ten seconds."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while sum(map(inbox.client.xlen, inbox.client.keys("*:inbox"))):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def assert_all_arrived(storm: Storm, inbox: RedisServer) -> None:
    accepted = storm.accepted()
    log.info("%s events of %s requests; refused: %s", len(accepted), storm.requests, dict(storm.refusals))
    wait_until_drained(inbox)
    assert_stored(accepted, storm.views)


def test_workers_that_drain_are_killed_five_times(served, inbox, seconds):
    answering, draining = served
    storm = Storm(answering.port, seconds=seconds)
    for kill in range(5):
        storm.wait_until((kill + 1) / 6)
        draining.kill_one()
    assert_all_arrived(storm, inbox)
    assert storm.refusals.total() == 0


def test_processes_that_answer_are_killed_three_times(served, inbox, seconds):
    answering, _ = served
    storm = Storm(answering.port, seconds=seconds)
    for kill in range(3):
        storm.wait_until((kill + 1) / 4)
        answering.kill_a_worker()
    assert_all_arrived(storm, inbox)
    assert "503" not in storm.refusals


def test_redis_is_restarted(served, inbox, seconds):
    storm = Storm(served[0].port, seconds=seconds)
    storm.wait_until(0.3)
    inbox.stop()
    storm.wait_until(0.6)
    inbox.start()
    assert_all_arrived(storm, inbox)
    assert storm.refusals.total() == 0


@pytest.mark.postgres_server
def test_postgresql_is_restarted_and_crashes(own_postgres, tmp_path, seconds):
    add_blog()
    with appending_redis(tmp_path) as inbox, serving(inbox, tmp_path) as (answering, _):
        storm = Storm(answering.port, seconds=seconds)
        for share, end in (0.2, SENT_AWAY), (0.6, CRASHED):
            storm.wait_until(share)
            own_postgres.stop(end)
            storm.wait_until(share + 0.2)
            own_postgres.start()
        connection.close()
        assert_all_arrived(storm, inbox)
    assert storm.refusals["503"] > 0
