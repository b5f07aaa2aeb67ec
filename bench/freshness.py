"""What a question pays for marks that wait: freshness, the age of the oldest mark and a cached answer, with no marks
and with a million of one day, a month and two years. `python -m bench.freshness` takes a minute. BENCH_DATABASE_URL
names the PostgreSQL server, BENCH_REDIS_URL the Redis."""

import os
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import closing
from urllib.parse import urlsplit, urlunsplit

import psycopg2

from bench import scratch

NAME = "ideeza_bench_freshness"
REDIS = os.environ.get("BENCH_REDIS_URL", "redis://127.0.0.1:6379/5")
MARKS = 1_000_000
DAYS = (1, 30, 731)
TIMES = 101
FILL = """INSERT INTO analytics_blogview_mark (day)
          SELECT DATE '2024-01-01' + (n %% %s)::int FROM generate_series(1, %s) AS n"""


def main() -> None:
    url = urlunsplit(urlsplit(scratch.SERVER)._replace(path=f"/{NAME}"))
    with closing(psycopg2.connect(scratch.SERVER)) as server:
        server.autocommit = True
        server.cursor().execute(f"DROP DATABASE IF EXISTS {NAME}")
        server.cursor().execute(f"CREATE DATABASE {NAME}")
    os.environ |= {"DATABASE_URL": url, "REDIS_URL": REDIS, "DEBUG": "false", "SECRET_KEY": "bench" * 10}
    os.environ["DJANGO_SETTINGS_MODULE"] = "ideeza.settings"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    try:
        measure_all()
    finally:
        from django.db import connection

        connection.close()
        with closing(psycopg2.connect(scratch.SERVER)) as server:
            server.autocommit = True
            server.cursor().execute(f"DROP DATABASE {NAME} WITH (FORCE)")


def measure_all() -> None:
    print(f"{'in milliseconds':34}{'freshness':>10}{'oldest':>10}{'cached':>10}{'first':>10}")
    measure("no marks")
    for days in DAYS:
        from analytics import database

        database.execute("TRUNCATE analytics_blogview_mark, analytics_blogview_stale")
        database.execute(FILL, [days, MARKS])
        measure(f"{MARKS:,} marks of {days} days")


def measure(what: str) -> None:
    """Print the medians; of the first question, which moves a log of many days, its one time."""
    from analytics.datasets import VIEWS
    from analytics.warehouse.flow.ask import ask
    from analytics.warehouse.store import generations, stale_days
    from tally.query import By, Query
    from tally.span import EVER

    question = Query(By.COUNTRY)
    first = _time(lambda: ask(question), 1)
    found = [
        _time(lambda: generations.freshness(VIEWS, EVER), TIMES),
        _time(lambda: stale_days.oldest(VIEWS), TIMES),
        _time(lambda: ask(question), TIMES),
        first,
    ]
    print(f"{what:34}" + "".join(f"{each:10.2f}" for each in found), flush=True)


def _time(act: Callable[[], object], times: int) -> float:
    took = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1000


if __name__ == "__main__":
    sys.exit(main())
