"""Count failed logins by address and by user name, for a minute from the first of each.

The counts are in Redis, which all processes share. Without Redis, or while it does not answer, each process counts
alone.
"""

import math
from collections.abc import Callable
from typing import TypeVar

from django.core.cache import cache as shared
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.locmem import LocMemCache

from analytics import cache, conf

WINDOW_SECONDS = 60
MAX_LOCAL_COUNTS = 100_000
T = TypeVar("T")

_local = LocMemCache("login failures", {"OPTIONS": {"MAX_ENTRIES": MAX_LOCAL_COUNTS}})


def count(subject: str) -> int:
    """Return the failures of this subject, a digest of an address or a name."""
    return _asked(lambda counts, key: int(counts.get(key, 0)), subject)


def add(subject: str, moment: float) -> int:
    """Add a failure and return the number of failures; `moment` is the time in seconds since 1970."""

    def increase(counts: BaseCache, key: str) -> int:
        if counts.add(key, 1, WINDOW_SECONDS):
            counts.set(f"{key}:end", moment + WINDOW_SECONDS, WINDOW_SECONDS)
            return 1
        try:
            return counts.incr(key)
        except ValueError:  # it has expired in between
            return int(counts.add(key, 1, WINDOW_SECONDS))

    return _asked(increase, subject)


def seconds_left(subject: str, moment: float) -> int:
    """Return the whole seconds until the failures of this subject are forgotten, at least 1."""
    end = _asked(lambda counts, key: float(counts.get(f"{key}:end") or 0), subject)
    return max(1, math.ceil(end - moment)) if end else WINDOW_SECONDS


def clear(subject: str) -> None:
    _asked(lambda counts, key: bool(counts.delete(key)), subject)


def clear_local() -> None:
    """Forget what this process has counted."""
    _local.clear()


def _asked(act: Callable[[BaseCache, str], T], subject: str) -> T:
    """Return the result of `act` on the shared cache, or on the one of this process."""
    if conf.redis_configured():
        key = cache.key(f"login:{subject}")
        found = cache.attempt(lambda: act(shared, key))
        if found is not None:
            return found
    return act(_local, subject)
