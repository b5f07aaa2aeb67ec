"""What several threads commit at the same time is committed together, and each gets its own result or error."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from analytics.group_commit import GroupCommit


class Ledger:
    """Commits that wait for `go`. An item below zero cannot be committed."""

    def __init__(self) -> None:
        self.groups, self.go, self.begun = [], threading.Event(), threading.Event()

    def commit(self, items):
        self.begun.set()
        assert self.go.wait(10)
        if min(items) < 0:
            raise ValueError(items)
        self.groups.append(sorted(items))
        return [item * 2 for item in items]


@pytest.fixture
def ledger():
    return Ledger()


def committed(ledger, first, *others, max_items=10):
    """Commit an item, and the others while it is being committed; return the futures of all, in order."""
    together = GroupCommit(ledger.commit, max_items)
    with ThreadPoolExecutor(1 + len(others)) as threads:
        futures = [threads.submit(together.run, first)]
        assert ledger.begun.wait(10)
        futures += [threads.submit(together.run, item) for item in others]
        while len(together._waiting) < len(others):
            threading.Event().wait(0.001)
        ledger.go.set()
    assert together._waiting == []
    return futures


def test_one_thread_commits_at_once(ledger):
    ledger.go.set()
    assert (GroupCommit(ledger.commit, 10).run(4), ledger.groups) == (8, [[4]])


def test_items_that_wait_are_committed_together(ledger):
    futures = committed(ledger, 1, 2, 3, 4)
    assert [future.result() for future in futures] == [2, 4, 6, 8]
    assert ledger.groups == [[1], [2, 3, 4]]


def test_a_group_is_bounded(ledger):
    futures = committed(ledger, 1, *range(2, 9), max_items=3)
    assert [future.result() for future in futures] == [2 * item for item in range(1, 9)]
    assert [len(group) for group in ledger.groups] == [1, 3, 3, 1]


def test_an_error_is_that_of_its_item_alone(ledger):
    good, bad, other = committed(ledger, 1, -2, 3)
    assert (good.result(), other.result()) == (2, 6)
    assert isinstance(bad.exception(), ValueError) and bad.exception().args == ([-2],)
    assert sorted(ledger.groups) == [[1], [3]]


def test_an_error_of_the_first_does_not_stop_those_who_wait(ledger):
    bad, good, other = committed(ledger, -1, 2, 3)
    assert (bad.exception().args, good.result(), other.result()) == (([-1],), 4, 6)
    assert ledger.groups == [[2, 3]]


def test_many_threads_lose_nothing(ledger):
    ledger.go.set()
    together = GroupCommit(ledger.commit, 5)
    with ThreadPoolExecutor(16) as threads:
        assert list(threads.map(together.run, range(2000))) == [2 * item for item in range(2000)]
    assert sorted(item for group in ledger.groups for item in group) == list(range(2000))
