"""The command `collect` drains the inbox, in a process of its own."""

import time

import pytest

from analytics.ingest.store import inbox
from analytics.tests.processes.load_generator import stored_numbers
from analytics.tests.processes.other_process import TIMEOUT_SECONDS, manage, result_of, start
from analytics.tests.processes.web_and_workers import OPEN

pytestmark = pytest.mark.redis_server


@pytest.fixture
def worker(empty, inbox_redis, inbox_server):
    """Return the environment of a worker on the database of the test."""
    return OPEN | {"REDIS_URL": inbox_server.url, "IDEEZA_INBOX": "true"}


def test_collect_once_drains_all_and_ends(worker, send):
    send(*range(5))
    assert manage("collect", "--once", **worker) == (0, "Drained 5 deliveries.\n", "")
    assert stored_numbers() == list(range(5))


def test_collect_that_is_terminated_finishes_what_it_has_begun(worker, send, inbox_redis):
    send(*range(120))
    collecting = start("manage.py", "collect", **worker)
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while inbox_redis.xlen(inbox.key()) == 120:
        assert time.monotonic() < deadline
    collecting.terminate()
    code, said, errors = result_of(collecting)
    left = inbox_redis.xlen(inbox.key())
    assert (code, said, errors) == (0, f"Drained {120 - left} deliveries.\n", "")
    assert stored_numbers() == list(range(120 - left))
    assert inbox_redis.xpending(inbox.key(), inbox.GROUP)["pending"] == 0
    assert manage("collect", "--once", **worker)[0] == 0
    assert stored_numbers() == list(range(120))


def test_collect_goes_on_through_a_flush_of_redis(worker, send, inbox_redis):
    collecting = start("manage.py", "collect", **worker)
    for number in range(3):
        send(number)
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while len(stored_numbers()) <= number:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        inbox_redis.flushall()
    collecting.terminate()
    assert result_of(collecting)[:2] == (0, "Drained 3 deliveries.\n")
