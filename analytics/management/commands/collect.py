"""`collect`: the worker that drains the inbox and looks after the live pages."""

import logging
import os
import signal
import socket
import threading
import time
from argparse import ArgumentParser
from typing import Any

from django.db import DatabaseError, InterfaceError, close_old_connections
from redis import RedisError

from analytics import clock, conf, garbage
from analytics.ingest.flow.drain import Drain, delete_old_notes
from analytics.management import background
from analytics.management.base import ServiceCommand

log = logging.getLogger(__name__)
WAIT_MS = 300
"""The milliseconds that one read of an empty inbox waits; shorter than the time-out of the socket."""
DELETE_NOTES_SECONDS = 3600.0
PAUSE_STEP_SECONDS = 0.05
RETRY_SECONDS = 1.0
"""The pause in seconds after a failure of Redis or the database, and between checks when there is no inbox."""


class Command(ServiceCommand):
    help = """Run the worker: drain the inbox into the database, take snapshots, poll upstream services, delete what is
    too old. Ends cleanly on SIGTERM and SIGINT."""
    _delete_notes_at = 0.0

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="do all that is due once, and end")

    def handle(self, **options: Any) -> None:
        stop = threading.Event()

        def end(*_: object) -> None:
            if not stop.is_set():
                stop.set()

        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, end)
        if options["once"]:
            drained = self._drain_once()
            background.run_once()
        else:
            garbage.leave_out_what_exists()
            with background.LiveWork(stop):
                drained = self._drain(stop)
        self.stdout.write(f"Drained {drained} deliveries.")

    def _drain_once(self) -> int:
        drain, drained = Drain(_consumer()), 0
        while conf.inbox() and (stored := drain.step(0)):
            drained += stored
        self._delete_old_notes()
        return drained

    def _drain(self, stop: threading.Event) -> int:
        """Drain the inbox until `stop` is set; deliveries already taken are stored first."""
        if conf.inbox() is None:
            self.stderr.write("IDEEZA_INBOX is off: no inbox to drain.")
        drain, drained = Drain(_consumer()), 0
        while not stop.is_set():
            drained += self._step(drain, stop)
        return drained

    def _step(self, drain: Drain, stop: threading.Event) -> int:
        try:
            drained = drain.step(WAIT_MS) if conf.inbox() else 0
            if not drained and time.monotonic() > self._delete_notes_at:
                self._delete_old_notes()
            if conf.inbox():
                return drained
        except (DatabaseError, InterfaceError, RedisError) as error:
            log.warning("The inbox waits (%s: %s). Trying again.", type(error).__name__, str(error).strip())
        except Exception:
            log.exception("The inbox waits. Trying again.")
        close_old_connections()
        _pause(stop)
        return 0

    def _delete_old_notes(self) -> None:
        delete_old_notes(clock.now())
        self._delete_notes_at = time.monotonic() + DELETE_NOTES_SECONDS


def _pause(stop: threading.Event) -> None:
    """Pause, without `stop.wait`: signals are handled in this thread, and setting an event whose lock this thread holds
    while it waits would never return."""
    end = time.monotonic() + RETRY_SECONDS
    while not stop.is_set() and time.monotonic() < end:
        time.sleep(PAUSE_STEP_SECONDS)


def _consumer() -> str:
    return f"{socket.gethostname()}-{os.getpid()}"
