"""Bounds on the work that hostile input may cause, loose enough for a busy machine."""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager

HOSTILE_SECONDS = 5.0
"""CPU time that is far above what linear work takes here and far below what quadratic or exponential work takes."""


@contextmanager
def cpu_bounded(seconds: float = HOSTILE_SECONDS) -> Iterator[None]:
    """Fail if the block takes this thread more CPU time. Collecting the garbage of other tests is not counted."""
    gc.disable()
    began = time.thread_time()
    try:
        yield
    finally:
        took = time.thread_time() - began
        gc.enable()
    assert took < seconds, f"{took:.1f} s of CPU time"
