"""Give each process of this machine a number that no other running process has, by locks on files in a folder.

A process that starts takes the lowest number that is free, so files named by it stay few however many processes have
come and gone. The kernel frees the number of a process that ends, whatever ends it.
"""

import fcntl
import os
from itertools import count
from pathlib import Path
from threading import Lock


class ProcessNumbers:
    """The numbers of the processes that use this folder."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._lock = folder, Lock()
        self._process, self._number, self._file = 0, 0, -1

    def mine(self) -> int:
        """Return the number of this process, and take one in a process that was forked. Raise OSError when no lock file
        can be opened."""
        if self._process != os.getpid():
            with self._lock:
                if self._process != os.getpid():
                    self._take()
        return self._number

    def _take(self) -> None:
        if self._process:
            os.close(self._file)  # the parent still holds its lock
        for number in count():
            file = os.open(self._folder / f"process-{number}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(file)
                continue
            self._process, self._number, self._file = os.getpid(), number, file
            return
