"""What a process remembers of the database, for a second. After a restore or a failover under a live process, that is
how long it may act on what the database no longer says."""

import time
from collections.abc import Callable
from typing import Generic, TypeVar

from django.db import DatabaseError, InterfaceError, connection

RECENT_SECONDS = 1.0
T = TypeVar("T")


class StaleIds(Exception):
    """Remembered ids belong to others by now: the database was restored, or another one took over."""


class Recent(Generic[T]):
    """A value that is read from the database at most once a second. While the database does not answer, the last value
    stays in use; without one, `get` raises the database's error."""

    def __init__(self, read: Callable[[], T]) -> None:
        self._read = read
        self._last: tuple[str, float, T] | None = None

    def get(self) -> T:
        name, moment, last = str(connection.settings_dict["NAME"]), time.monotonic(), self._last
        if last is None or last[0] != name:
            return self._read_and_keep(name, moment)
        if 0 <= moment - last[1] < RECENT_SECONDS:
            return last[2]
        try:
            return self._read_and_keep(name, moment)
        except (DatabaseError, InterfaceError):
            return last[2]

    def forget(self) -> None:
        """Read the value again when it is needed next."""
        self._last = None

    def _read_and_keep(self, name: str, moment: float) -> T:
        value = self._read()
        self._last = name, moment, value
        return value
