"""What roll-ups of every dimension cost, and what questions of the query language take, with lifelike contexts and
visitors, beside SQL over the raw views in PostgreSQL and, if they are installed, DuckDB and ClickHouse.
`python -m bench.dimensions [VIEWS]`; 10 million views are the default. BENCH_DATABASE_URL names the PostgreSQL
server."""

import os
import re
import statistics
import subprocess
import sys
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import numpy as np
import psycopg2

from bench import data, scratch, wide
from bench.timing import interleaved

NAME = "ideeza_bench_dimensions"
VIEWS = 10_000_000
DEFAULT = "country,source,campaign,device,browser,os,language,hour"
ROUNDS, BUDGET, STALE_DAYS = 15, 4.0, 5
WITHOUT_DEVELOPMENT = str(scratch.ROOT / "analytics" / "tests" / "processes" / "absent")
"""Hides a package of development environments that takes seconds to import."""
COMMAND = [sys.executable, "manage.py", "precalculate_stats"]


def main() -> None:
    views = int(sys.argv[1]) if len(sys.argv) > 1 else VIEWS
    url = urlunsplit(urlsplit(scratch.SERVER)._replace(path=f"/{NAME}"))
    with closing(psycopg2.connect(scratch.SERVER)) as server:
        server.autocommit = True
        server.cursor().execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        server.cursor().execute(f"CREATE DATABASE {NAME}")
    os.environ |= {"DATABASE_URL": url, "DEBUG": "false", "SECRET_KEY": "bench" * 10, "IDEEZA_ROLLUPS": DEFAULT}
    os.environ.pop("REDIS_URL", None)
    os.environ["DJANGO_SETTINGS_MODULE"] = "ideeza.settings"
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    try:
        call_command("migrate", verbosity=0)
        columns = fill(views)
        roll_ups(views)
        questions(columns)
    finally:
        connection.close()
        with closing(psycopg2.connect(scratch.SERVER)) as server:
            server.autocommit = True
            server.cursor().execute(f"DROP DATABASE {NAME} WITH (FORCE)")


def fill(views: int) -> wide.Columns:
    from analytics.warehouse.store import bulk_blog_views
    from bench import contexts
    from bench.fill import create_names

    create_names()
    made = contexts.create()
    columns = contexts.columns(views, made)
    bulk_blog_views.add(columns)
    execute("VACUUM ANALYZE analytics_blogview")
    rows = np.array([[getattr(each, name) for name in contexts.VALUES] for each in made], np.int32)
    places = np.searchsorted(np.array([each.id for each in made], np.int64), columns.contexts)
    by_dimension = {name: rows[places, column] for column, name in enumerate(contexts.VALUES)}
    return {
        "timestamp": columns.times // data.SECOND,
        "country": columns.countries.astype(np.int32),
        "blog_id": columns.blogs.astype(np.int32),
        **by_dimension,
        "visitor": columns.visitors,
    }


def roll_ups(views: int) -> None:
    print(f"{views:,} views, from nothing:")
    took = {}
    for declared in ("country", DEFAULT):
        execute("TRUNCATE analytics_summary, analytics_rollup")
        mark(*data.SPAN.edges)
        took[declared], peak = command(declared)
        size = value("SELECT pg_total_relation_size('analytics_summary')") / 1e6
        print(f"  {declared}: {took[declared]:.1f} s, {size:.0f} MB, peak {peak / 1e6:.0f} MB")
    print(f"  ratio {took[DEFAULT] / took['country']:.2f}")
    days = []
    for number in range(STALE_DAYS):
        day = data.SPAN.start + timedelta(days=100 + 90 * number)
        mark(day, day)
        days.append(command(DEFAULT)[0])
    print(f"  one stale day, by the command: {statistics.median(days):.2f} s")
    execute("VACUUM ANALYZE analytics_summary")
    subprocess.run([sys.executable, "manage.py", "rollups"], cwd=scratch.ROOT, check=True)


def mark(first: object, last: object) -> None:
    execute(
        "INSERT INTO analytics_blogview_stale (day) SELECT generate_series(%s::date, %s::date, '1 day')::date "
        "ON CONFLICT DO NOTHING",
        [first, last],
    )


def command(declared: str) -> tuple[float, int]:
    """Run the command and return its seconds and its peak memory in bytes."""
    started, peak = time.perf_counter(), 0
    path = os.pathsep.join([WITHOUT_DEVELOPMENT, os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"IDEEZA_ROLLUPS": declared, "PYTHONPATH": path}
    process = subprocess.Popen(COMMAND, cwd=scratch.ROOT, stdout=subprocess.DEVNULL, env=environment)
    while process.poll() is None:  # the usage that wait4 gives begins with what this process had at the fork
        peak = max(peak, peak_of(process.pid))
        time.sleep(0.01)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, COMMAND)
    return time.perf_counter() - started, peak


def peak_of(pid: int) -> int:
    """Return the most bytes that a process has had in memory, or 0 if it has just ended."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) * 1024 if found else 0


def questions(columns: wide.Columns) -> None:
    from analytics.warehouse.api.question import question_of
    from analytics.warehouse.flow import answer_question

    dataset = answer_question.DATASETS_BY_NAME["views"]
    engines = list(wide.engines(postgresql, columns))
    print(f"medians in ms, in the process, not cached; {'this':>8}{''.join(f'{each.name:>12}' for each in engines)}")
    for each in wide.questions():
        asked = question_of(each.body, lambda _: data.SPAN.end)
        found = answer_question.computed(dataset, asked, data.SPAN.end)[0]
        for engine in engines:
            engine.agree(each, found.rows)
        ways = {"this": lambda asked=asked: answer_question.computed(dataset, asked, data.SPAN.end)}
        ways |= {engine.name: lambda engine=engine, each=each: engine.run(each) for engine in engines}
        figures = interleaved(ways, ROUNDS, BUDGET)
        times = "".join(f"{1000 * figure['p50']:12.1f}" for figure in figures.values())
        print(f"  {each.name:42}{times}", flush=True)


def postgresql(sql: str) -> list[tuple]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET work_mem = '64MB'")
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


def execute(sql: str, params: list[object] | None = None) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def value(sql: str) -> float:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


if __name__ == "__main__":
    main()
