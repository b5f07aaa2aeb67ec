"""The roll-up by the command, beside the database's own GROUP BY over the same facts."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

from django.db import connection

from analytics.datasets import VIEWS
from analytics.warehouse.flow import roll_up
from analytics.warehouse.store import stale_days
from bench import data, engines, scratch
from bench.timing import Times, timed

COMMAND = [sys.executable, "manage.py", "precalculate_stats"]
PLAIN_ROLL_UPS = {"IDEEZA_ROLLUPS": "country"}
"""What the plain way counts as well: views by country, and the total."""
FORGET_INDEX = """
    SELECT brin_desummarize_range('analytics_blogview_time', page)
    FROM generate_series(0, pg_relation_size('analytics_blogview') / 8192, 128) AS page"""


def measure(*, url: str, facts: int, rounds: int) -> dict:
    """Return the seconds of each way, the size of the summaries and the peak memory of the command, in bytes. Each run
    is a first one, as after an import of all facts. One more is as after a COPY that no command of ours has made."""
    plain = next(engines.engines(scratch.Scratch(facts, url)))
    ways, copied, every = {"this": Times(), plain.name: Times()}, Times(), Times()
    peaks = []
    for _ in range(rounds):
        _forget()
        with timed(ways["this"]):
            peaks.append(command(**PLAIN_ROLL_UPS))
        with timed(ways[plain.name]):
            plain.ask(plain.dialect.reduction())
    _forget()
    _forget_index()
    with timed(copied):
        command(**PLAIN_ROLL_UPS)
    _forget()
    with timed(every):
        peak_of_every = command()
    summary_bytes = size()
    rebuilt = _rebuilt()
    found = {
        "summary_bytes": summary_bytes,
        "full": {name: times.figures() for name, times in ways.items()},
        "peak_bytes": max(peaks),
        "after COPY": copied.figures(),
        "every roll-up": {**every.figures(), "peak_bytes": peak_of_every},
        "rebuilt_bytes": rebuilt,
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


def _forget_index() -> None:
    """Return to the state after a COPY: the index on time knows no page of the facts."""
    if connection.vendor == "postgresql":
        _execute(FORGET_INDEX)


def _rebuilt() -> tuple[int, int]:
    """Return the bytes of the summaries before and after a rebuild of all days."""
    before = size()
    command("--rebuild")
    return before, size()


def command(*options: str, **settings: str) -> int:
    """Run the command and return its peak memory in bytes."""
    environment = {**os.environ, **settings}
    process = subprocess.Popen([*COMMAND, *options], cwd=scratch.ROOT, stdout=subprocess.DEVNULL, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, COMMAND)
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def roll_up_everything() -> None:
    """Roll up everything in this process, as after a first import."""
    _forget()
    flow()


def flow() -> None:
    list(roll_up.roll_up(roll_up.pending_days(), datetime.now(UTC)))


def _one_day(act: Callable[[], object], rounds: int) -> dict[str, float]:
    """Return the figures of rolling up one late day, with the week, the month and the year that contain it, which are
    over."""
    times = Times()
    for day in _days(rounds):
        stale_days.add(VIEWS, [day])
        with timed(times):
            act()
    return times.figures()


def _days(count: int) -> Iterator[date]:
    step = data.SPAN.days // count
    return (data.SPAN.start + timedelta(days=step * n + step // 2) for n in range(count))


def size() -> int:
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
