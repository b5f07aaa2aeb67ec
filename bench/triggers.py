"""What the stale marks cost a writer: the same inserts, alternately into the table of facts and into a copy without its
triggers. `python -m bench.triggers` takes a minute or two; BENCH_DATABASE_URL names the PostgreSQL server."""

import io
import os
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2

from bench import scratch

NAME = "ideeza_bench_triggers"
FACTS, TWIN = "analytics_blogview", "twin"
BATCH, COPY = 1_000, 100_000
ROUNDS = {1: 3_000, BATCH: 200, COPY: 15}
"""Rounds by number of rows. The tables alternate, so that other load on the machine affects both alike."""

Insert = Callable[[str], float]
"""Inserts into the table of this name and returns the seconds that it took."""


def main() -> None:
    print(f"{'a row, in microseconds':44}{'without':>9}{'with':>9}{'more':>8}")
    with postgres() as database:
        measure("PostgreSQL, one a transaction", Postgres(database).single, 1)
        measure("PostgreSQL, the same, not waiting for disk", Postgres(database, wait="off").single, 1)
        measure(f"PostgreSQL, {BATCH:,} a statement", Postgres(database).batch, BATCH)
        measure(f"PostgreSQL, COPY of {COPY:,}", Postgres(database).copy, COPY)
    with sqlite() as database:
        for size in (1, BATCH, COPY):
            measure(f"SQLite, {size:,} a transaction", partial(Sqlite(database).several, size), size)


def measure(what: str, insert: Insert, rows: int) -> None:
    """Print one line of medians. The tables take turns to be first, and the first round warms up."""
    times: dict[str, list[float]] = {FACTS: [], TWIN: []}
    for number in range(ROUNDS[rows] + 1):
        for table in (FACTS, TWIN) if number % 2 else (TWIN, FACTS):
            times[table].append(insert(table))
    plain, marked = (statistics.median(times[table][1:]) / rows * 1e6 for table in (TWIN, FACTS))
    print(f"{what:44}{plain:9.2f}{marked:9.2f}{marked / plain - 1:8.1%}", flush=True)


class Postgres:
    SQL = "INSERT INTO {} (blog_id, country_id, ip_address, timestamp) VALUES (%s, %s, %s, %s)"

    def __init__(self, database: Any, wait: str = "on") -> None:
        self.database, self.cursor = database, database.cursor()
        self.cursor.execute(f"SET synchronous_commit = {wait}")
        self._empty()

    def _empty(self) -> None:
        self.cursor.execute(f"TRUNCATE {FACTS}, {TWIN}, analytics_blogview_mark")
        self.database.commit()

    def single(self, table: str) -> float:
        began = time.perf_counter()
        self.cursor.execute(self.SQL.format(table), row(0))
        self.database.commit()
        return time.perf_counter() - began

    def batch(self, table: str) -> float:
        self._empty()
        values = b", ".join(self.cursor.mogrify("(%s, %s, %s, %s)", row(number)) for number in range(BATCH)).decode()
        began = time.perf_counter()
        self.cursor.execute(f"{self.SQL.format(table).split('VALUES')[0]} VALUES {values}")
        self.database.commit()
        return time.perf_counter() - began

    def copy(self, table: str) -> float:
        self._empty()
        lines = io.StringIO("".join("\t".join(map(str, row(number))) + "\n" for number in range(COPY)))
        began = time.perf_counter()
        self.cursor.copy_expert(f"COPY {table} (blog_id, country_id, ip_address, timestamp) FROM STDIN", lines)
        self.database.commit()
        return time.perf_counter() - began


class Sqlite:
    SQL = Postgres.SQL.replace("%s", "?")

    def __init__(self, database: sqlite3.Connection) -> None:
        self.database = database

    def several(self, size: int, table: str) -> float:
        if size > 1:
            for each in (FACTS, TWIN, "analytics_blogview_mark"):
                self.database.execute(f"DELETE FROM {each}")
            self.database.commit()
        rows, sql = [row(number) for number in range(size)], self.SQL.format(table)
        began = time.perf_counter()
        self.database.executemany(sql, rows)
        self.database.commit()
        return time.perf_counter() - began


def row(number: int) -> tuple[Any, ...]:
    """Return a view. Views are ordered by time, and most of them are of one day."""
    at = number % 86_400
    when = f"2024-02-{1 + number // 86_400:02} {at // 3600:02}:{at // 60 % 60:02}:{at % 60:02}"
    return (1 + number * 7919 % 10_000, 1 + number % 200, "203.0.113.0", when)


@contextmanager
def postgres() -> Iterator[Any]:
    """Create a database with the tables and the copy, yield a connection, and drop the database."""
    url = urlunsplit(urlsplit(scratch.SERVER)._replace(path=f"/{NAME}"))
    with closing(psycopg2.connect(scratch.SERVER)) as server:
        server.autocommit = True
        cursor = server.cursor()
        cursor.execute(f"DROP DATABASE IF EXISTS {NAME}")
        cursor.execute(f"CREATE DATABASE {NAME}")
        try:
            migrate(url)
            with closing(psycopg2.connect(url)) as database:
                database.cursor().execute(f"CREATE TABLE {TWIN} (LIKE {FACTS} INCLUDING ALL)")
                database.commit()
                yield database
        finally:
            cursor.execute(f"DROP DATABASE {NAME}")


@contextmanager
def sqlite() -> Iterator[sqlite3.Connection]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "triggers.sqlite3")
        migrate(f"sqlite:///{path}")
        with closing(sqlite3.connect(path)) as database:
            for (sql,) in database.execute(
                "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND type IN ('table', 'index') ORDER BY type DESC",
                [FACTS],
            ).fetchall():
                named = re.sub(r'INDEX "?(\w+)"?', rf"INDEX {TWIN}_\1", sql)
                database.execute(named.replace(f'"{FACTS}"', TWIN).replace(FACTS, TWIN))
            yield database


def migrate(url: str) -> None:
    environment = {**os.environ, "DATABASE_URL": url, "DEBUG": "true"}
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=scratch.ROOT, env=environment, check=True
    )


if __name__ == "__main__":
    main()
