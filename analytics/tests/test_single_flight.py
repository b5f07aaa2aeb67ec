"""Of equal questions at once, one is worked out."""

import threading

import pytest

from analytics.single_flight import SingleFlight
from analytics.tests.processes.other_process import TIMEOUT_SECONDS, Task

THREADS = 8


class Leader:
    """A computation that can be held, and that fails as often as it should."""

    def __init__(self, failures: int = 0) -> None:
        self.calls, self.failures = 0, failures
        self.begun, self.go_on = threading.Event(), threading.Event()

    def __call__(self) -> int:
        self.calls += 1
        call = self.calls
        self.begun.set()
        assert self.go_on.wait(TIMEOUT_SECONDS)
        if call <= self.failures:
            raise ValueError(f"failure {call}")
        return call


def followers(flights: SingleFlight, leader: Leader, number: int) -> list[Task]:
    """Start threads that ask for the same, once the first one computes, and wait until each of them waits."""
    first = Task(lambda: flights.run("key", leader))
    assert leader.begun.wait(TIMEOUT_SECONDS)
    waiting, real = threading.Semaphore(0), flights._flights["key"].done.wait

    def wait(seconds: float) -> bool:
        waiting.release()
        return real(seconds)

    flights._flights["key"].done.wait = wait
    others = [Task(lambda: flights.run("key", leader)) for _ in range(number)]
    for _ in others:
        assert waiting.acquire(timeout=TIMEOUT_SECONDS)
    return [first, *others]


def test_one_thread_computes_and_the_others_get_its_result():
    flights, leader = SingleFlight(), Leader()
    asking = followers(flights, leader, THREADS)
    leader.go_on.set()
    assert [task.outcome() for task in asking] == [1] * (THREADS + 1)
    assert leader.calls == 1 and not flights.is_running("key")


def test_different_keys_do_not_wait_for_each_other():
    flights, leader = SingleFlight(), Leader()
    held = Task(lambda: flights.run("key", leader))
    assert leader.begun.wait(TIMEOUT_SECONDS) and flights.is_running("key")
    assert flights.run("other", lambda: 7) == 7
    leader.go_on.set()
    assert held.outcome() == 1


@pytest.mark.parametrize("failures", [1, 3])
def test_a_failure_belongs_to_the_thread_that_computed(failures):
    flights, leader = SingleFlight(), Leader(failures)
    asking = followers(flights, leader, THREADS)
    leader.go_on.set()
    results, errors = [], []
    for task in asking:
        try:
            results.append(task.outcome())
        except ValueError as error:
            errors.append(str(error))
    assert sorted(errors) == [f"failure {number + 1}" for number in range(failures)]
    assert len(results) == THREADS + 1 - failures and min(results) == failures + 1


def test_a_thread_that_has_waited_too_long_computes_itself():
    flights, leader = SingleFlight(wait_seconds=0.0), Leader()
    held = Task(lambda: flights.run("key", leader))
    assert leader.begun.wait(TIMEOUT_SECONDS)
    assert flights.run("key", lambda: 7) == 7
    leader.go_on.set()
    assert held.outcome() == 1
    assert flights.run("key", lambda: 8) == 8, "nothing is kept"


def test_nothing_is_left_after_a_failure():
    flights = SingleFlight()
    with pytest.raises(ZeroDivisionError):
        flights.run("key", lambda: 1 // 0)
    assert not flights.is_running("key") and flights.run("key", lambda: 2) == 2
