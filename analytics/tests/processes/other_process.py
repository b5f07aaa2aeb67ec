"""This project in other processes and threads, on the database of the test."""

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

PATIENCE = 60
"""Seconds after which something that should have happened is taken never to happen."""


def url_of(host: str | None = None, port: int | None = None) -> str:
    """DATABASE_URL of the database that the test is connected to, perhaps by another way."""
    known = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{known['NAME']}"
    login = quote(known["USER"]) + (f":{quote(known['PASSWORD'])}" if known["PASSWORD"] else "")
    return f"postgres://{login}@{host or known['HOST']}:{port or known['PORT'] or 5432}/{known['NAME']}"


def surroundings(url: str | None = None, **environment: str) -> dict[str, str]:
    """The environment of a process on the database of the test."""
    told = {
        "DATABASE_URL": url or url_of(),
        "DJANGO_SETTINGS_MODULE": "ideeza.settings",
        "SECRET_KEY": settings.SECRET_KEY,
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(settings.BASE_DIR),
    }
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | told | environment


def start(*arguments: str, url: str | None = None, **environment: str) -> subprocess.Popen[str]:
    """`python ...` on the database of the test, in a process of its own."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=Path(settings.BASE_DIR),
        env=surroundings(url, **environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Its exit code, and what it said and complained of, once it has ended."""
    try:
        said, complained = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    return process.returncode, said, complained


def manage(*arguments: str, url: str | None = None, **environment: str) -> tuple[int, str, str]:
    return finished(start("manage.py", *arguments, url=url, **environment))


class Task(threading.Thread):
    """Runs `act` in a thread with a connection of its own; `outcome` waits for it and gives what it gave or raised."""

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
        self.join(PATIENCE)
        assert not self.is_alive()
        if self.error:
            raise self.error
        return self.given


def at_once(act: Callable[[], Any]) -> Any:
    """What `act` gives on a connection of its own."""
    return Task(act).outcome()


@contextmanager
def pointed_at(name: str, **elsewhere: str) -> Iterator[None]:
    """The default connection, of this thread and of new ones, leads to another database of the same kind, perhaps on
    another server."""
    own, known = connections["default"], connections.settings["default"]
    connections.settings["default"] = {**known, "NAME": name, **elsewhere}
    connections["default"] = connections.create_connection("default")
    try:
        yield
    finally:
        connections["default"].close()
        connections["default"], connections.settings["default"] = own, known
