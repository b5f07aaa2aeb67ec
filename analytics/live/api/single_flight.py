"""Share one answer among all requests that ask the same within an interval.

One request works the answer out, and the others read it from this process's memory.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import NamedTuple

MAX_ENTRIES = 4096
"""The number of answers that are kept: the latest ones."""
MAX_AGE_SECONDS = 10.0
"""The age in seconds after which an answer is no longer served while the next one is worked out."""


class SharedAnswer(NamedTuple):
    """An answer. `moment` is the start of its interval, in seconds; `settled` means that it cannot change any more."""

    moment: int
    settled: bool
    body: bytes


class SingleFlightCache:
    """A cache of answers. While one thread works out the next answer, the other threads serve the last one, if it is
    of the interval before. A thread waits only when there is no such answer."""

    def __init__(self, recheck: float = 0.1) -> None:
        self.recheck = recheck
        self._answers: OrderedDict[Hashable, tuple[float, SharedAnswer]] = OrderedDict()
        self._locks: dict[Hashable, threading.Lock] = {}
        self._guard = threading.Lock()

    def get_or_compute(self, key: Hashable, moment: int, clock: float, compute: Callable[[], SharedAnswer]) -> bytes:
        """Return the answer of this moment. `clock` is monotonic, in seconds. An answer that is not settled is worked
        out again after a while."""
        entry = self._answers.get(key)
        if entry and self._is_current(entry, moment, clock):
            return entry[1].body
        lock = self._lock_of(key)
        if entry and self._is_usable(entry, clock):
            if not lock.acquire(blocking=False):
                return entry[1].body
        else:
            lock.acquire()
        try:
            entry = self._answers.get(key)  # another thread may have worked it out meanwhile
            if entry and self._is_current(entry, moment, clock):
                return entry[1].body
            return self._store(key, clock, compute()).body
        finally:
            lock.release()
            if key not in self._answers:
                self._locks.pop(key, None)

    def clear(self) -> None:
        with self._guard:
            self._answers.clear()

    def _is_current(self, entry: tuple[float, SharedAnswer], moment: int, clock: float) -> bool:
        computed_at, answer = entry
        return (answer.settled and answer.moment >= moment) or 0 <= clock - computed_at < self.recheck

    def _is_usable(self, entry: tuple[float, SharedAnswer], clock: float) -> bool:
        return clock - entry[0] < MAX_AGE_SECONDS

    def _store(self, key: Hashable, clock: float, answer: SharedAnswer) -> SharedAnswer:
        with self._guard:
            self._answers[key] = clock, answer
            self._answers.move_to_end(key)
            while len(self._answers) > MAX_ENTRIES:
                self._locks.pop(self._answers.popitem(last=False)[0], None)
        return answer

    def _lock_of(self, key: Hashable) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(key, threading.Lock())
