"""Share one answer among all requests that ask the same within an interval.

One request works the answer out, and the others read it from this process's memory.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import NamedTuple

from analytics.single_flight import SingleFlight

MAX_ENTRIES = 4096
"""The number of answers that are kept: the latest ones."""
MAX_AGE_SECONDS = 10.0
"""The age in seconds after which an answer is no longer served while the next one is worked out."""


class SharedAnswer(NamedTuple):
    """An answer. `moment` is the start of its interval, in seconds; `settled` means that it cannot change any more."""

    moment: int
    settled: bool
    body: bytes


class SharedAnswerCache:
    """A cache of answers. While one thread works out the next answer, the other threads serve the last one, if it is
    recent. A thread waits only when there is no such answer."""

    def __init__(self, recheck: float = 0.1) -> None:
        self.recheck = recheck
        self._answers: OrderedDict[Hashable, tuple[float, SharedAnswer]] = OrderedDict()
        self._flights: SingleFlight[SharedAnswer] = SingleFlight()
        self._guard = threading.Lock()

    def get_or_compute(self, key: Hashable, moment: int, clock: float, compute: Callable[[], SharedAnswer]) -> bytes:
        """Return the answer of this moment. `clock` is monotonic, in seconds. An answer that is not settled is worked
        out again after a while."""
        entry = self._answers.get(key)
        if entry and self._is_current(entry, moment, clock):
            return entry[1].body
        if entry and self._is_usable(entry, clock) and self._flights.is_running((key, moment)):
            return entry[1].body
        return self._flights.run((key, moment), lambda: self._compute(key, moment, clock, compute)).body

    def clear(self) -> None:
        with self._guard:
            self._answers.clear()

    def _compute(self, key: Hashable, moment: int, clock: float, compute: Callable[[], SharedAnswer]) -> SharedAnswer:
        entry = self._answers.get(key)  # another thread may have worked it out meanwhile
        if entry and self._is_current(entry, moment, clock):
            return entry[1]
        answer = compute()
        with self._guard:
            self._answers[key] = clock, answer
            self._answers.move_to_end(key)
            while len(self._answers) > MAX_ENTRIES:
                self._answers.popitem(last=False)
        return answer

    def _is_current(self, entry: tuple[float, SharedAnswer], moment: int, clock: float) -> bool:
        computed_at, answer = entry
        return (answer.settled and answer.moment >= moment) or 0 <= clock - computed_at < self.recheck

    def _is_usable(self, entry: tuple[float, SharedAnswer], clock: float) -> bool:
        return clock - entry[0] < MAX_AGE_SECONDS
