"""The worker's tasks for the live pages, beside the inbox. Each task has a thread of its own, so that none delays the
others."""

import logging
import threading
from collections.abc import Callable

from django.db import DatabaseError, InterfaceError, connection

from analytics import clock
from analytics.live.flow import expire, poll_upstreams, take_snapshots, update_baselines
from analytics.live.flow.poll_upstreams import UpstreamSource

log = logging.getLogger(__name__)
SETTLING_SECONDS = 0.4
"""The delay in seconds from the moment of a snapshot until it is taken, so that visits in transit have arrived."""
POLL_INTERVAL_SECONDS = 0.5
"""The seconds between two checks for services that are due to be asked."""
EXPIRE_INTERVAL_SECONDS = 10.0
LEARN_INTERVAL_SECONDS = 60.0
SHUTDOWN_SECONDS = 10.0

Wait = Callable[[], float]


class LiveWork:
    """Take snapshots on the grid, ask upstream services when they are due, and now and then delete expired rows and
    update baselines, until `stop`."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._polling: dict[str, threading.Thread] = {}
        self._threads = [
            self._thread("snapshots", lambda: take_snapshots.take_due(clock.now()), _seconds_until_snapshot),
            self._thread("upstreams", self._poll_due, lambda: POLL_INTERVAL_SECONDS),
            self._thread("tidying", lambda: expire_all(self._stop), lambda: EXPIRE_INTERVAL_SECONDS),
            self._thread("learning", lambda: update_baselines.update_all(clock.now()), lambda: LEARN_INTERVAL_SECONDS),
        ]

    def __enter__(self) -> "LiveWork":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        if not self._stop.is_set():
            self._stop.set()
        for thread in [*self._threads, *self._polling.values()]:
            thread.join(SHUTDOWN_SECONDS)

    def _thread(self, name: str, act: Callable[[], object], wait: Wait) -> threading.Thread:
        return threading.Thread(target=self._repeat, args=(name, act, wait), name=name, daemon=True)

    def _repeat(self, name: str, act: Callable[[], object], wait: Wait) -> None:
        while not self._stop.wait(wait()):
            attempt(name, act)
        connection.close()

    def _poll_due(self) -> None:
        """Ask each service that is due in its own thread; a service is not asked again while its answer is pending."""
        for source in poll_upstreams.sources():
            busy = self._polling.get(source.host)
            if poll_upstreams.is_due(source, clock.now()) and not (busy and busy.is_alive()):
                self._polling[source.host] = start_polling(source)


def run_once() -> None:
    """Do every task that is due, once."""
    attempt("snapshots", lambda: take_snapshots.take_due(clock.now()))
    polling = [start_polling(source) for source in poll_upstreams.sources()]
    for thread in polling:
        thread.join()
    attempt("learning", lambda: update_baselines.update_all(clock.now()))
    attempt("tidying", lambda: expire_all(threading.Event()))


def attempt(name: str, act: Callable[[], object]) -> None:
    """Call `act` and log its failure; the next call in the schedule tries it again."""
    try:
        act()
    except (DatabaseError, InterfaceError) as error:
        log.warning("%s: the database failed (%s). Trying again.", name, str(error).strip())
        connection.close()
    except Exception:
        log.exception("%s failed. Trying again.", name)


def start_polling(source: UpstreamSource) -> threading.Thread:
    thread = threading.Thread(target=_poll, args=(source,), name=f"upstream {source.host}", daemon=True)
    thread.start()
    return thread


def _poll(source: UpstreamSource) -> None:
    attempt(f"upstream {source.host}", lambda: poll_upstreams.poll(source, clock.now()))
    connection.close()


def expire_all(stop: threading.Event) -> None:
    """Delete all expired rows piece by piece, with a pause after each piece for other writers."""
    while expire.delete_expired(clock.now()) >= expire.ROWS_PER_DELETE and not stop.wait(0.1):
        pass


def _seconds_until_snapshot() -> float:
    """Return the seconds until the next snapshot is to be taken."""
    interval = take_snapshots.interval()
    return (SETTLING_SECONDS - clock.now().timestamp()) % interval
