"""Measured times, and the percentiles of them."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

LEAST = 3
"""The number of times that even the slowest way is timed."""


@dataclass(slots=True)
class Times:
    """Seconds, in the order they were measured."""

    seconds: list[float] = field(default_factory=list)

    @property
    def spent(self) -> float:
        return sum(self.seconds)

    def figures(self) -> dict[str, float]:
        return {name: percentile(self.seconds, share) for name, share in (("p50", 50), ("p95", 95), ("p99", 99))}


@contextmanager
def timed(times: Times) -> Iterator[None]:
    """Add the time that the block takes."""
    start = time.perf_counter()
    yield
    times.seconds.append(time.perf_counter() - start)


def percentile(values: list[float], share: int) -> float:
    """Return the smallest value that at least `share` percent of the values do not exceed.

    >>> percentile([3.0, 1.0, 2.0], 50), percentile([3.0, 1.0, 2.0], 99)
    (2.0, 3.0)
    """
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * share // 100) - 1)]


def interleaved(ways: Mapping[str, Callable[[], object]], rounds: int, budget: float) -> dict[str, dict[str, float]]:
    """Return the figures of each way, of as many rounds as fit into `budget` seconds. The way with the least time so
    far is always next, so that other load on the machine affects all ways alike."""
    times = {name: Times() for name in ways}
    while waiting := [name for name in ways if not _enough(times[name], rounds, budget)]:
        name = min(waiting, key=lambda name: times[name].spent)
        start = time.perf_counter()
        ways[name]()
        times[name].seconds.append(time.perf_counter() - start)
    return {name: each.figures() for name, each in times.items()}


def _enough(times: Times, rounds: int, budget: float) -> bool:
    count = len(times.seconds)
    return count >= rounds or (count >= LEAST and times.spent >= budget)
