"""One answer for all who ask the same within an interval: worked out by one of them, in this process's memory."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import NamedTuple

MOST = 4096
"""Answers kept at once: the latest."""
OLD = 10.0
"""Seconds after which an answer is no longer given while the next one is worked out."""


class SharedAnswer(NamedTuple):
    """`moment` is the interval that it is of, in seconds; `settled`: nothing can change it any more."""

    moment: int
    settled: bool
    body: bytes


class SingleFlightCache:
    """Where answers are. While one thread works out the next, the others go on with the last, if it is the one before;
    only who finds nothing to go on with waits."""

    def __init__(self, recheck: float = 0.1) -> None:
        self.recheck = recheck
        self._answers: OrderedDict[Hashable, tuple[float, SharedAnswer]] = OrderedDict()
        self._working: dict[Hashable, threading.Lock] = {}
        self._guard = threading.Lock()

    def answer(self, key: Hashable, moment: int, clock: float, work_out: Callable[[], SharedAnswer]) -> bytes:
        """The answer of this moment. `clock` is in seconds that only go forward; one that is not settled is worked
        out again after a while."""
        kept = self._answers.get(key)
        if kept and self._is_good(kept, moment, clock):
            return kept[1].body
        lock = self._lock(key)
        if not lock.acquire(blocking=not (kept and self._will_do(kept, clock))):
            return kept[1].body
        try:
            kept = self._answers.get(key)  # somebody else may have done it meanwhile
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
        return clock - kept[0] < OLD

    def _keep(self, key: Hashable, clock: float, answer: SharedAnswer) -> SharedAnswer:
        with self._guard:
            self._answers[key] = clock, answer
            self._answers.move_to_end(key)
            while len(self._answers) > MOST:
                self._working.pop(self._answers.popitem(last=False)[0], None)
        return answer

    def _lock(self, key: Hashable) -> threading.Lock:
        with self._guard:
            return self._working.setdefault(key, threading.Lock())
