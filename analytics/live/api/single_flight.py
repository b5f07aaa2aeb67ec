"""Share one answer among all requests that ask the same within an interval.

One request works the answer out, and the others read it from this process's memory.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import NamedTuple

MAX_ENTRIES = 4096
"""The greatest number of answers kept at once: the latest ones."""
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
        self._working: dict[Hashable, threading.Lock] = {}
        self._guard = threading.Lock()

    def answer(self, key: Hashable, moment: int, clock: float, work_out: Callable[[], SharedAnswer]) -> bytes:
        """Return the answer of this moment. `clock` is monotonic, in seconds. An answer that is not settled is worked
        out again after a while."""
        kept = self._answers.get(key)
        if kept and self._is_good(kept, moment, clock):
            return kept[1].body
        lock = self._lock(key)
        if not lock.acquire(blocking=not (kept and self._will_do(kept, clock))):
            return kept[1].body
        try:
            kept = self._answers.get(key)  # another thread may have worked it out meanwhile
            if kept and self._is_good(kept, moment, clock):
                return kept[1].body
            return self._keep(key, clock, work_out()).body
        finally:
            lock.release()
            if key not in self._answers:
                self._working.pop(key, None)

    def forget(self) -> None:
        with self._guard:
            self._answers.clear()

    def _is_good(self, kept: tuple[float, SharedAnswer], moment: int, clock: float) -> bool:
        worked_out, answer = kept
        return (answer.settled and answer.moment >= moment) or 0 <= clock - worked_out < self.recheck

    def _will_do(self, kept: tuple[float, SharedAnswer], clock: float) -> bool:
        return clock - kept[0] < MAX_AGE_SECONDS

    def _keep(self, key: Hashable, clock: float, answer: SharedAnswer) -> SharedAnswer:
        with self._guard:
            self._answers[key] = clock, answer
            self._answers.move_to_end(key)
            while len(self._answers) > MAX_ENTRIES:
                self._working.pop(self._answers.popitem(last=False)[0], None)
        return answer

    def _lock(self, key: Hashable) -> threading.Lock:
        with self._guard:
            return self._working.setdefault(key, threading.Lock())
