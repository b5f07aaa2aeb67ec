"""The other engines. Each has the same facts and is asked in SQL; an engine that is not installed is left out."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import psycopg2

from bench import data, raw, scratch
from bench.questions import MeasuredQuestion

Row = tuple[Any, ...]
Ask = Callable[[str], list[Row]]


class Engine:
    """One engine. Its answers are rows of key, views and distinct members, in the order of the keys."""

    def __init__(self, name: str, dialect: raw.Dialect, ask: Ask) -> None:
        self.name, self.dialect, self.ask = name, dialect, ask

    def answer(self, question: MeasuredQuestion) -> list[Row]:
        return sorted((str(key), int(views), int(distinct)) for key, views, distinct in self.run(question))

    def run(self, question: MeasuredQuestion) -> list[Row]:
        return self.ask(self.dialect.sql(question))


def engines(place: scratch.Scratch) -> Iterator[Engine]:
    if not place.on_postgres:
        yield Engine("SQLite", raw.SQLITE, sqlite(place))
        return
    yield Engine("PostgreSQL", raw.POSTGRESQL, postgresql(place))
    with suppress(ModuleNotFoundError):
        yield Engine("DuckDB", raw.DUCKDB, duckdb(place))
    with suppress(ModuleNotFoundError):
        yield Engine("ClickHouse", raw.CLICKHOUSE, clickhouse(place))


def sqlite(place: scratch.Scratch) -> Ask:
    connection = sqlite3.connect(place.url.removeprefix("sqlite:///"))
    return lambda sql: connection.execute(sql).fetchall()


def postgresql(place: scratch.Scratch) -> Ask:
    """Connect to PostgreSQL with the work_mem of the roll-up and the answers; other settings are the server's."""
    connection = psycopg2.connect(place.url)
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("SET work_mem = '64MB'; SET TimeZone = 'UTC'")

    def ask(sql: str) -> list[Row]:
        cursor.execute(sql)
        return cursor.fetchall()

    return ask


def duckdb(place: scratch.Scratch) -> Ask:
    import duckdb  # noqa: PLC0415

    path = place.folder / "duckdb.db"
    fresh = _start(path)
    connection = duckdb.connect(str(path))
    connection.execute("SET TimeZone = 'UTC'")
    if fresh:
        views, blogs = _columns(place.facts)
        connection.execute("""CREATE TABLE analytics_blogview AS
            SELECT make_timestamp(timestamp) AS timestamp, nullif(country_id, 0)::smallint AS country_id, blog_id
            FROM views""")
        connection.execute("CREATE TABLE analytics_blog AS SELECT * FROM blogs")
        connection.execute("CHECKPOINT")
        del views, blogs
        scratch.note_made(path)
    return lambda sql: connection.execute(sql).fetchall()


def clickhouse(place: scratch.Scratch) -> Ask:
    """Open ClickHouse in this process, as `chdb`. Times are whole seconds and no column is nullable, as usual there."""
    from chdb.session import Session  # noqa: PLC0415

    path = place.folder / "clickhouse"
    fresh = _start(path)
    session = Session(str(path))
    session.query("CREATE DATABASE IF NOT EXISTS bench")
    session.query("USE bench")
    if fresh:
        views, blogs = _columns(place.facts)
        views["timestamp"] = views["timestamp"] // data.SECOND
        columns = "timestamp DateTime('UTC'), country_id UInt16, blog_id UInt32"
        _insert(session, "analytics_blogview", columns, _records(views, "<u4", "<u2", "<u4"), path)
        _insert(session, "analytics_blog", "id UInt32, author_id UInt16", _records(blogs, "<u4", "<u2"), path)
        scratch.note_made(path)

    def ask(sql: str) -> list[Row]:
        text = session.query(sql, "TabSeparated").bytes().decode()
        return [tuple(line.split("\t")) for line in text.splitlines()]

    return ask


def _insert(session: Any, table: str, columns: str, records: np.ndarray, folder: Path) -> None:
    file = folder.with_suffix(".rows")
    records.tofile(file)
    first, quoted = columns.split()[0], columns.replace("'", "\\'")
    session.query(f"CREATE OR REPLACE TABLE {table} ({columns}) ENGINE = MergeTree ORDER BY {first}")
    session.query(f"INSERT INTO {table} SELECT * FROM file('{file}', 'RowBinary', '{quoted}')")
    session.query(f"OPTIMIZE TABLE {table} FINAL")
    file.unlink()


def _start(path: Path) -> bool:
    """Return whether the facts must be loaded into this engine. Remove an outdated file."""
    if scratch.is_made(path):
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True) if path.is_file() else None
    return True


def _columns(count: int) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    facts = data.facts(count)
    views = {"timestamp": facts.times, "country_id": facts.countries, "blog_id": facts.blogs.astype(np.int32)}
    blogs = {"id": np.arange(1, data.BLOGS + 1, dtype=np.int32), "author_id": data.authors().astype(np.int16)}
    return views, blogs


def _records(columns: dict[str, np.ndarray], *types: str) -> np.ndarray:
    found = np.empty(len(next(iter(columns.values()))), list(zip(columns, types, strict=True)))
    for name, column in columns.items():
        found[name] = column
    return found
