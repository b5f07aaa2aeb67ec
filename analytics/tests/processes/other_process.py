"""Run this project in other processes and threads, on the database of the test."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connection, connections

ABSENT_PACKAGES = Path(__file__).parent / "absent"
TIMEOUT_SECONDS = 60
"""Seconds after which a test stops waiting."""


def database_url(host: str | None = None, port: int | None = None) -> str:
    """Return the DATABASE_URL of the database of the test, perhaps with another host and port."""
    known = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{known['NAME']}"
    login = quote(known["USER"]) + (f":{quote(known['PASSWORD'])}" if known["PASSWORD"] else "")
    return f"postgres://{login}@{host or known['HOST']}:{port or known['PORT'] or 5432}/{known['NAME']}"


def process_environment(url: str | None = None, **environment: str) -> dict[str, str]:
    """Return the environment of a process on the database of the test."""
    own = {
        "DATABASE_URL": url or database_url(),
        "DJANGO_SETTINGS_MODULE": "ideeza.settings",
        "SECRET_KEY": settings.SECRET_KEY,
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": os.pathsep.join(map(str, (ABSENT_PACKAGES, settings.BASE_DIR))),
    }
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | own | environment


def start(*arguments: str, url: str | None = None, **environment: str) -> subprocess.Popen[str]:
    """Start `python ...` on the database of the test, in a process of its own."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=Path(settings.BASE_DIR),
        env=process_environment(url, **environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def result_of(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Wait for the process, and return its exit code, its output and its errors."""
    try:
        said, errors = process.communicate(timeout=TIMEOUT_SECONDS)
    finally:
        process.kill()
    return process.returncode, said, errors


def manage(*arguments: str, url: str | None = None, **environment: str) -> tuple[int, str, str]:
    return result_of(start("manage.py", *arguments, url=url, **environment))


class Task(threading.Thread):
    """Run `act` in a thread with a connection of its own. `outcome` waits for it, and returns its result or raises its
    error."""

    def __init__(self, act: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self.act, self.given, self.error = act, None, None
        self.start()

    def run(self) -> None:
        try:
            self.given = self.act()
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            self.error = error
        finally:
            connections.close_all()

    def outcome(self) -> Any:
        self.join(TIMEOUT_SECONDS)
        assert not self.is_alive()
        if self.error:
            raise self.error
        return self.given


def in_thread(act: Callable[[], Any]) -> Any:
    """Return the result of `act`, called with a connection of its own."""
    return Task(act).outcome()


@contextmanager
def connected_to(name: str, **server: str) -> Iterator[None]:
    """Connect this thread and new ones to another database of the same kind, perhaps on another server."""
    own, known = connections["default"], connections.settings["default"]
    connections.settings["default"] = {**known, "NAME": name, **server}
    connections["default"] = connections.create_connection("default")
    try:
        yield
    finally:
        connections["default"].close()
        connections["default"], connections.settings["default"] = own, known
