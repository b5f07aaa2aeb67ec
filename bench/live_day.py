"""Roll up the live day again and again, as a scheduler does each minute: the time, the WAL and the growth of tables."""

import sys
from datetime import UTC, datetime, time, timedelta

import numpy as np
from django.db import connection

from analytics import database
from analytics.datasets import VIEWS
from analytics.warehouse.flow import roll_up
from analytics.warehouse.store import bulk_blog_views
from bench import data
from bench.timing import Times, timed

TODAY = data.SPAN.end
NOW = datetime.combine(TODAY, time(12), UTC)
VIEWS_A_RUN = 100
TABLES = (VIEWS.summaries, VIEWS.marks, VIEWS.stale, "analytics_generation", "analytics_rollup")
DELETE = f"DELETE FROM {VIEWS.facts} WHERE timestamp >= %s"


def measure(*, facts: int, runs: int) -> dict:
    """Return the seconds of a run, the bytes of WAL a run, and the bytes by which each table has grown after all runs,
    before and after a vacuum. The day begins with half the facts of a day."""
    _add(facts // data.SPAN.days // 2)
    _roll_up()
    _vacuum()
    before, start, times = _sizes(), _wal(), Times()
    for run in range(runs):
        _add(VIEWS_A_RUN)
        with timed(times):
            _roll_up()
        if run % 100 == 99:
            print(f"  {run + 1} of {runs}", file=sys.stderr)
    wal, grown = _wal() - start, _sizes()
    _vacuum()
    kept = _sizes()
    database.execute(DELETE, [database.midnight(TODAY)])
    list(roll_up.roll_up(roll_up.pending_days(), datetime.now(UTC)))
    return {
        "runs": runs,
        "run": times.figures(),
        "wal_bytes": wal / runs,
        "grown": {table: (grown[table] - before[table], kept[table] - before[table]) for table in TABLES},
    }


def _roll_up() -> None:
    list(roll_up.roll_up(roll_up.pending_days(), NOW))


def _add(count: int) -> None:
    found = data.facts(max(count, 1))
    noon = int((NOW - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))
    times = np.full(found.blogs.size, noon)
    bulk_blog_views.add(bulk_blog_views.BlogViewColumns(found.blogs, found.countries, found.blogs * 0, times))


def _vacuum() -> None:
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"VACUUM ANALYZE {table}")


def _sizes() -> dict[str, int]:
    return {table: database.value("SELECT pg_total_relation_size(%s)", [table]) for table in TABLES}


def _wal() -> int:
    return int(database.value("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"))
