"""Questions over HTTP: the real server, a real token, several clients on the same machine."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat

from analytics.datasets import VIEWS
from analytics.warehouse.store import generations
from bench import data, load, scratch
from bench.fill import LOGIN, PASSWORD
from bench.timing import Times

CLIENTS, WORKERS = 8, 2
PATH = "/api/analytics/top/user/"
ENDS, LIMITS = 300, 40
"""The questions: top authors of thirty days, for so many last days and so many limits, each question once."""


def measure(*, seconds: float) -> dict:
    """Return seconds per answer and answers per second, when no answer is cached and when all are."""
    generations.advance(VIEWS, datetime.now(UTC))
    with server() as port:
        token = login(port)
        fresh = chain.from_iterable(repeat(list(questions(port, token))))
        load.run(port, fresh, clients=CLIENTS, seconds=min(1.0, seconds))
        unkept = _measured(port, fresh, seconds)
        same = repeat(next(fresh))
        load.run(port, same, clients=CLIENTS, seconds=min(1.0, seconds))
        return {"unkept": unkept, "kept": _measured(port, same, seconds)}


def _measured(port: int, requests: Iterator[bytes], seconds: float) -> dict[str, float]:
    times = Times(load.run(port, requests, clients=CLIENTS, seconds=seconds))
    return {**times.figures(), "rate": len(times.seconds) / seconds}


def questions(port: int, token: str) -> Iterator[bytes]:
    for limit in range(1, LIMITS + 1):
        for back in range(ENDS):
            last = data.SPAN.end - timedelta(days=1 + back)
            body = {"start_date": str(last - timedelta(days=29)), "end_date": str(last), "limit": limit}
            yield load.post(port, PATH, json.dumps(body).encode(), token)


@contextmanager
def server(application: str = "ideeza.wsgi:application", *, threads: int = 2, **environment: str) -> Iterator[int]:
    """Run the server and yield its port."""
    port = _free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += [
        "--workers",
        str(WORKERS),
        "--blocking-threads",
        str(threads),
        "--no-ws",
        "--no-access-log",
        application,
    ]
    variables = {**os.environ, **environment}
    process = subprocess.Popen(command, cwd=scratch.ROOT, env=variables, stdout=subprocess.DEVNULL)
    try:
        _wait(port)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def _wait(port: int, patience: float = 30.0) -> None:
    end = time.monotonic() + patience
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
            return
        except OSError:  # refused, or a worker that has just started is slow
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def login(port: int) -> str:
    body = json.dumps({"username": LOGIN, "password": PASSWORD}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/token/", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)["access"]
