"""The roll-up by the command, beside the database's own GROUP BY over the same facts."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

from django.db import connection

from analytics.datasets import VIEWS
from analytics.warehouse.flow import roll_up
from analytics.warehouse.store import stale_days
from bench import data, engines, scratch
from bench.timing import Times

COMMAND = [sys.executable, "manage.py", "precalculate_stats"]


def measure(*, url: str, facts: int, rounds: int) -> dict:
    """Return the seconds of each way, the size of the summaries and the peak memory of the command, in bytes."""
    plain = next(engines.engines(scratch.Scratch(facts, url)))
    ways = {"this": Times(), plain.name: Times()}
    peaks = []
    for _ in range(rounds):
        _forget()
        with _timed(ways["this"]):
            peaks.append(command())
        with _timed(ways[plain.name]):
            plain.ask(plain.dialect.reduction())
    size = _size()
    found = {
        "summary_bytes": size,
        "full": {name: times.figures() for name, times in ways.items()},
        "peak_bytes": max(peaks),
        "one day": {"this": _one_day(flow, 20)},
        "one day, by the command": {"this": _one_day(command, 5)},
    }
    if connection.vendor == "postgresql":
        _execute("VACUUM ANALYZE analytics_summary")
    return found


def _forget() -> None:
    """Return to the state after a first import: all days stale, no summaries, no statistics about their table."""
    stale_days.add(VIEWS, list(data.SPAN))
    _execute(f"{'TRUNCATE' if connection.vendor == 'postgresql' else 'DELETE FROM'} analytics_summary")


@contextmanager
def _timed(times: Times) -> Iterator[None]:
    start = time.perf_counter()
    yield
    times.seconds.append(time.perf_counter() - start)


def command() -> int:
    """Run the command and return its peak memory in bytes."""
    process = subprocess.Popen(COMMAND, cwd=scratch.ROOT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, COMMAND)
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def flow() -> None:
    list(roll_up.roll_up(roll_up.pending_days(), datetime.now(UTC)))


def _one_day(act: Callable[[], object], rounds: int) -> dict[str, float]:
    """Return the figures of rolling up one stale day, with the week, the month and the year that contain it."""
    times = Times()
    for day in _days(rounds):
        stale_days.add(VIEWS, [day])
        with _timed(times):
            act()
    return times.figures()


def _days(count: int) -> Iterator[date]:
    step = data.SPAN.days // count
    return (data.SPAN.start + timedelta(days=step * n + step // 2) for n in range(count))


def _size() -> int:
    if connection.vendor == "postgresql":
        return _value("SELECT pg_total_relation_size('analytics_summary')")
    return _value("SELECT sum(pgsize) FROM dbstat WHERE name LIKE '%analytics_summary%'")


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def _value(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]
