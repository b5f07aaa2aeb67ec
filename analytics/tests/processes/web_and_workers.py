"""The web server, and the workers that drain the inbox, as they run in production."""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from analytics.tests.processes.other_process import TIMEOUT_SECONDS, process_environment, start
from analytics.tests.processes.servers import free_port, running

OPEN = {"IDEEZA_API_OPEN": "true", "STATSD_HOST": ""}


class WebServer:
    """Several processes that answer on one port."""

    def __init__(self, port: int, process: subprocess.Popen, folder: Path) -> None:
        self.port, self._process, self._folder = port, process, folder

    def kill_a_worker(self) -> None:
        """Kill a process with SIGKILL. The server starts another one."""
        os.kill(self._workers()[0], signal.SIGKILL)

    def _workers(self) -> list[int]:
        """Return the ids of the processes that the server has started, the oldest first, without the resource tracker
        of Python."""
        if not shutil.which("ps"):
            pytest.skip("needs ps")
        listing = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,command="], check=True, capture_output=True, text=True)
        listed = [line.split(None, 2) for line in listing.stdout.splitlines()]
        mine = [line for line in listed if line[1] == str(self._process.pid) and "resource_tracker" not in line[2]]
        return [int(pid) for pid, _, _ in mine]

    def log(self) -> str:
        return (self._folder / "log").read_text()


@contextmanager
def web_server(folder: Path, *, workers: int = 4, **environment: str) -> Iterator[WebServer]:
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--workers", str(workers), "--blocking-threads", "4"]
    command += ["--respawn-failed-workers", "--respawn-interval", "0.1", "--workers-kill-timeout", "8"]
    command += ["ideeza.wsgi:application"]
    with running(port, *command, folder=folder, env=process_environment(**OPEN | environment)) as process:
        _wait_until_well(port)
        yield WebServer(port, process, folder)


def _wait_until_well(port: int) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while True:
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


class Collectors:
    """Workers that drain the inbox side by side."""

    def __init__(self, number: int, **environment: str) -> None:
        self._environment = environment
        self._running = [self._start() for _ in range(number)]

    def _start(self) -> subprocess.Popen[str]:
        return start("manage.py", "collect", **OPEN | self._environment)

    def kill_one(self) -> None:
        """Kill the oldest worker with SIGKILL, and start another one."""
        oldest = self._running.pop(0)
        oldest.kill()
        oldest.communicate(timeout=TIMEOUT_SECONDS)
        self._running.append(self._start())

    def end(self) -> list[tuple[int, str]]:
        """Terminate the workers, wait until they have finished what they had begun, and return their exit codes and
        outputs."""
        for each in self._running:
            each.terminate()
        return [(each.wait(TIMEOUT_SECONDS), each.communicate()[0]) for each in self._running]


@contextmanager
def collectors(number: int, **environment: str) -> Iterator[Collectors]:
    with ExitStack() as ended:
        several = Collectors(number, **environment)
        ended.callback(several.end)
        yield several
