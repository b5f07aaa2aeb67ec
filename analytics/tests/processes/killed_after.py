"""Kill the process that calls it, at the end of a chosen call of a function."""

import os
import signal
from functools import reduce
from importlib import import_module
from typing import Any


def die_after(module: str, path: str, calls: int) -> None:
    """Replace a function or method by one that kills this process with SIGKILL at the end of its call of that
    number."""
    *outer, name = path.split(".")
    home = reduce(getattr, outer, import_module(module))
    act, left = getattr(home, name), iter(range(calls - 1, -1, -1))

    def last(*arguments: Any, **options: Any) -> Any:
        given = act(*arguments, **options)
        if next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return given

    setattr(home, name, last)
