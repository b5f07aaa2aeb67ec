"""Repeat what a command does until it is stopped."""

import signal
import threading
import time
from collections.abc import Callable


def repeat_until_stopped(seconds: float, act: Callable[[], object]) -> None:
    """Act now and then every so many seconds until SIGTERM or SIGINT, which let an act that has begun finish. After an
    act that took longer, the next one begins at once."""
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    while not stop.is_set():
        started = time.monotonic()
        act()
        stop.wait(max(0.0, started + seconds - time.monotonic()))
