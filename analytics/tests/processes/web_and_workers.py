"""The server of this project, and the worker that drains its inbox, as they run in production."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from analytics.tests.processes.other_process import PATIENCE, start, surroundings
from analytics.tests.processes.servers import free_port, running

OPEN = {"IDEEZA_API_OPEN": "true", "STATSD_HOST": ""}


class Web:
    """Several processes that answer on one port."""

    def __init__(self, port: int, process: subprocess.Popen, folder: Path) -> None:
        self.port, self._process, self._folder = port, process, folder

    def kill_a_worker(self) -> None:
        """As by `kill -9`; another takes its place."""
        os.kill(self._workers()[0], signal.SIGKILL)

    def _workers(self) -> list[int]:
        """Those that it has started, less a tracker of resources; the oldest first."""
        told = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,command="], check=True, capture_output=True, text=True)
        listed = [line.split(None, 2) for line in told.stdout.splitlines()]
        mine = [line for line in listed if line[1] == str(self._process.pid) and "resource_tracker" not in line[2]]
        return [int(pid) for pid, _, _ in mine]

    def log(self) -> str:
        return (self._folder / "log").read_text()


@contextmanager
def web(folder: Path, *, workers: int = 4, **environment: str) -> Iterator[Web]:
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--workers", str(workers), "--blocking-threads", "4"]
    command += ["--respawn-failed-workers", "--respawn-interval", "0.1", "ideeza.wsgi:application"]
    with running(port, *command, folder=folder, env=surroundings(**OPEN | environment)) as process:
        _wait_until_well(port)
        yield Web(port, process, folder)


def _wait_until_well(port: int) -> None:
    patience = time.monotonic() + PATIENCE
    while True:
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
        except OSError:
            assert time.monotonic() < patience
            time.sleep(0.05)


class Collectors:
    """Workers that drain the inbox side by side."""

    def __init__(self, number: int, **environment: str) -> None:
        self._environment = environment
        self._running = [self._start() for _ in range(number)]

    def _start(self) -> subprocess.Popen[str]:
        return start("manage.py", "collect", **OPEN | self._environment)

    def kill_one(self) -> None:
        """The oldest, as by `kill -9`; another takes its place."""
        oldest = self._running.pop(0)
        oldest.kill()
        oldest.communicate(timeout=PATIENCE)
        self._running.append(self._start())

    def end(self) -> list[tuple[int, str]]:
        """Exit code of each and what it said, once it has done what it had begun."""
        for each in self._running:
            each.terminate()
        return [(each.wait(PATIENCE), each.communicate()[0]) for each in self._running]


@contextmanager
def collectors(number: int, **environment: str) -> Iterator[Collectors]:
    with ExitStack() as ended:
        several = Collectors(number, **environment)
        ended.callback(several.end)
        yield several
