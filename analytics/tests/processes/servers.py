"""Servers that a test starts on free ports, and can stop."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import redis

from analytics.tests.processes.other_process import TIMEOUT_SECONDS


def free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def wait_for(port: int, process: subprocess.Popen) -> None:
    """Wait until the process listens on the port."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert process.poll() is None and time.monotonic() < deadline, f"nothing listens on port {port}"
            time.sleep(0.02)


@contextmanager
def running(
    port: int,
    *command: str,
    folder: str | Path,
    user: str | None = None,
    env: dict[str, str] | None = None,
    end: signal.Signals = signal.SIGTERM,
) -> Iterator[subprocess.Popen]:
    """Run a server until the end of the block."""
    with (Path(folder) / "log").open("ab") as log:
        options = {"stdout": log, "stderr": log, "stdin": subprocess.DEVNULL, "cwd": folder, "user": user, "env": env}
        process = subprocess.Popen(command, **options)
    try:
        wait_for(port, process)
        yield process
    finally:
        process.send_signal(end)
        process.wait(TIMEOUT_SECONDS)


POOLER = """
[databases]
{name} = {login}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {size}
max_client_conn = 50
"""


@contextmanager
def pooler(program: str, known: dict, *, size: int) -> Iterator[int]:
    """Run pgbouncer in front of the database of these settings, with `size` connections to it, and yield its port. It
    refuses to run as root, and its user cannot read the folders of pytest in /tmp."""
    user, listen = "postgres" if os.geteuid() == 0 else None, free_port()
    named = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    login = " ".join(f"{name}='{known[key]}'" for name, key in named.items() if known[key])
    with TemporaryDirectory() as folder:
        config = Path(folder, "pgbouncer.ini")
        config.write_text(POOLER.format(name=known["NAME"], login=login, listen=listen, size=size))
        if user:
            shutil.chown(folder, user)
            shutil.chown(config, user)
        with running(listen, program, str(config), user=user, folder=folder):
            yield listen


class RedisServer:
    """A Redis that a test can stop and start again. It then loses its data, unless `appendfsync` makes it append to a
    file: `everysec` each second, `always` before each answer."""

    def __init__(self, folder: Path, appendfsync: str = "") -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.client = redis.Redis(port=self.port)
        self._appending = ("--appendonly", "yes", "--appendfsync", appendfsync) if appendfsync else ()
        self._running = self._process = None

    def start(self) -> None:
        options = ("--bind", "127.0.0.1", "--port", str(self.port), "--save", "", *self._appending)
        self._running = running(self.port, "redis-server", *options, folder=self.folder)
        self._process = self._running.__enter__()

    def stop(self, end: signal.Signals = signal.SIGTERM) -> None:
        if self._running:
            self.client.close()
            self._process.send_signal(end)
            self._running.__exit__(None, None, None)
            self._running = None


class SilentServer:
    """A server that never answers, on a free port."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._socket.getsockname()[1]

    def connections(self) -> int:
        """Return how often it was connected to since the last call."""
        self._socket.setblocking(False)
        accepted = 0
        with suppress(BlockingIOError):
            while True:
                self._socket.accept()[0].close()
                accepted += 1
        return accepted

    def close(self) -> None:
        self._socket.close()
