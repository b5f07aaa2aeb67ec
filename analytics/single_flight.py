"""Let one thread of this process work out what several ask for at the same time."""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")
WAIT_SECONDS = 5.0
"""The most seconds that a thread waits for others before it works the result out itself."""


class _Flight(Generic[T]):
    """A computation that runs. `results` is empty if it fails."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.results: list[T] = []


class SingleFlight(Generic[T]):
    """Computations that run now, by key. Equal keys must mean equal results at whatever moment they are asked for.

    While one thread computes, the others that ask for the same key wait for its result. If it fails, its error is its
    own: one of the others computes next. A thread that has waited for too long computes by itself.
    """

    def __init__(self, wait_seconds: float = WAIT_SECONDS) -> None:
        self.wait_seconds = wait_seconds
        self._flights: dict[Hashable, _Flight[T]] = {}
        self._guard = threading.Lock()

    def is_running(self, key: Hashable) -> bool:
        return key in self._flights

    def run(self, key: Hashable, compute: Callable[[], T]) -> T:
        """Return the result of `compute`, called by this thread or by the one that was first to ask for the key."""
        deadline = time.monotonic() + self.wait_seconds
        while True:
            with self._guard:
                flight = self._flights.get(key)
                if flight is None:
                    flight = self._flights[key] = _Flight()
                    break
            if not flight.done.wait(max(0.0, deadline - time.monotonic())):
                return compute()
            if flight.results:
                return flight.results[0]
        try:
            flight.results.append(compute())
            return flight.results[0]
        finally:
            with self._guard:
                del self._flights[key]
            flight.done.set()
