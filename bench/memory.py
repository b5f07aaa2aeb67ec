"""Memory of server processes: what one question takes over an idle process, and whether many questions let it grow.

Linux only: the figures are those of `/proc`.
"""

import json
import os
import sys
from collections.abc import Iterator
from itertools import cycle, repeat
from pathlib import Path

from bench import load, serving

PATH = "/api/analytics/query/"
HEAVY = (
    {"dimensions": ["country"], "metrics": ["views", "blogs"]},
    {"dimensions": ["country"], "metrics": ["views", "blogs"], "range": {"start_date": "2024-01-17"}},
    {"dimensions": ["blog"], "limit": 10_000},
    {"dimensions": ["author"], "limit": 10_000},
    {"dimensions": ["time:month", "country"], "limit": 10_000},
)
"""Questions that read much: all facts, a span that begins within a month, and long answers."""
STEP_SECONDS = 5.0
WARM_SHARE = 10
"""A tenth of the questions come before the first look: caches fill with these."""


def measure(*, questions: int) -> dict[str, int]:
    """Return the bytes of the largest worker: idle, the most that a question of HEAVY took beyond, after a tenth of the
    questions, and after all."""
    with serving.server() as port:
        token = serving.login(port)
        _ask(port, repeat(load.post(port, PATH, b"{}", token)), serving.CLIENTS * 4)
        workers = _workers()
        idle = max(_figure(worker, "VmRSS") for worker in workers)
        for worker in workers:
            Path(f"/proc/{worker}/clear_refs").write_text("5")  # the peak begins again
        heavy = [load.post(port, PATH, json.dumps(body).encode(), token) for body in HEAVY]
        _ask(port, cycle(heavy), len(heavy) * 4)
        peak = max(_figure(worker, "VmHWM") for worker in workers)
        asked = cycle(serving.questions(port, token))
        first = questions // WARM_SHARE
        _ask(port, asked, first)
        early = max(_figure(worker, "VmRSS") for worker in workers)
        _ask(port, asked, questions - first)
        late = max(_figure(worker, "VmRSS") for worker in workers)
    return {"questions": questions, "idle": idle, "beyond": peak - idle, "early": early, "late": late}


def _ask(port: int, requests: Iterator[bytes], number: int) -> None:
    """Ask at least so many questions."""
    while number > 0:
        number -= len(load.run(port, requests, clients=serving.CLIENTS, seconds=STEP_SECONDS))
        print(f"  {max(number, 0)} questions left", file=sys.stderr)


def _workers() -> list[int]:
    """Return the processes of the server that this process has started."""
    (server,) = _children(os.getpid())
    return _children(server)


def _children(parent: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def _figure(process: int, name: str) -> int:
    """Return a figure of /proc/PID/status in bytes."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    (found,) = [line.split()[1] for line in lines if line.startswith(f"{name}:")]
    return int(found) * 1024
