"""The database as the stores use it: transactions, and rows and columns in bulk. The dialects differ here and where a
store keeps two texts of one statement side by side."""

import io
import json
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple

import numpy as np
from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet

from tally.counts import Ints

COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
COPY_TRAILER = b"\xff\xff"
POSTGRES_EPOCH = 946_684_800_000_000
"""2000-01-01 in microseconds since 1970: what COPY in binary counts from."""
BIG_QUERIES = "SET LOCAL jit = off; SET LOCAL work_mem = '64MB'"
"""JIT compilation costs more than these queries take; the arrays of a long span do not fit the default work_mem."""
UNSORTED = "SET LOCAL enable_sort = off"
"""Summaries are joined by hashing: sorting rows with their arrays first takes a quarter longer."""
OFF = ("jit", "enable_seqscan", "enable_hashjoin", "enable_mergejoin")
BY_KEYS = "; ".join(f"SET LOCAL {each} = off" for each in OFF)
"""Look-ups of some hundred keys go by the index, whatever the planner thinks of a table that was never analysed. With
these off it may take a plan for so dear that it would compile it, so it does not."""
ONE_SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"


PASSING = ("40001", "40P01", "23503")
"""Serialization failure, deadlock, and a foreign key violation: the row that was referred to went meanwhile."""


class Identity(NamedTuple):
    """Which row of summary, as it was written: no later one has the same."""

    grain: int
    start: str
    country: int
    generation: int


def on_postgres() -> bool:
    return connection.vendor == "postgresql"


@contextmanager
def snapshot() -> Iterator[None]:
    """All that is read inside is of one moment. Inside an open transaction: of that transaction."""
    if connection.in_atomic_block:
        yield
        return
    with _reading(), transaction.atomic():
        if on_postgres():
            execute(f"{ONE_SNAPSHOT}; {BIG_QUERIES}; {UNSORTED}")
        yield


@contextmanager
def _reading() -> Iterator[None]:
    """On SQLite a transaction begins as a writer unless it is told that it only reads."""
    if on_postgres():
        yield
        return
    connection.ensure_connection()  # which reads the mode from the settings
    mode, connection.transaction_mode = connection.transaction_mode, "DEFERRED"
    try:
        yield
    finally:
        connection.transaction_mode = mode


@contextmanager
def writing() -> Iterator[None]:
    """All or nothing. Each statement sees what was committed before it, which the order of statements relies on."""
    with transaction.atomic():
        if on_postgres():
            execute(BIG_QUERIES)
        yield


def committing() -> AbstractContextManager[Any]:
    """All or nothing, for some rows."""
    return transaction.atomic()


def drop_oldest(rows: QuerySet, column: str, most: int) -> int:
    """Deletes about so many of the rows, the oldest by an indexed column, as one range of it; how many. Those that have
    the last value in common go together."""
    last = list(rows.order_by(column).values_list(column, flat=True)[most - 1 : most])
    return (rows.filter(**{f"{column}__lte": last[0]}) if last else rows).delete()[0]


def look_up_by_keys() -> None:
    """For the rest of the transaction, which looks up many rows by their keys."""
    if on_postgres():
        execute(BY_KEYS)


def attempting() -> AbstractContextManager[Any]:
    """What fails inside leaves the transaction around it as it was before."""
    return transaction.atomic()


def after_commit(act: Callable[[], None]) -> None:
    """Does something once what is being written is there for all; not at all when it is rolled back."""
    transaction.on_commit(act)


def is_passing(error: DatabaseError) -> bool:
    """Whether the same transaction may succeed when it is tried again: others were in its way."""
    return getattr(error.__cause__, "pgcode", None) in PASSING


def execute(sql: str, params: Sequence[Any] | None = None) -> int:
    """Runs one statement; how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.rowcount


def execute_many(sql: str, several: Iterable[Sequence[Any]]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(sql, several)


def rows(sql: str, params: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def value(sql: str, params: Sequence[Any] | None = None) -> Any:
    """The single value of a statement that gives one row."""
    return rows(sql, params)[0][0]


def columns(names: Sequence[str], source: str, params: Sequence[Any] | None = None) -> list[Ints]:
    """Integer columns of `FROM source`, each as an array. On PostgreSQL a column comes over as one value."""
    if on_postgres():
        arrays = ", ".join(f"string_agg(int8send({name}), '')" for name in names)
        (row,) = copied(f"SELECT {arrays} FROM {source}", params)
        return [np.frombuffer(data or b"", ">i8").astype(np.int64) for data in row]
    found = rows(f"SELECT {', '.join(names)} FROM {source}", params)
    return list(np.array(found, np.int64).reshape(len(found), len(names)).T)


def copied(sql: str, params: Sequence[Any] | None = None) -> list[list[bytes | None]]:
    """The rows of a query by COPY in binary: the raw bytes of each value. PostgreSQL only."""
    data = copy_out(sql, params)
    found, at = [], len(COPY_HEADER)
    while (count := struct.unpack_from(">h", data, at)[0]) >= 0:
        at += 2
        row: list[bytes | None] = []
        for _ in range(count):
            (size,) = struct.unpack_from(">i", data, at)
            at += 4
            row.append(None if size < 0 else data[at : at + size])
            at += max(size, 0)
        found.append(row)
    return found


def copy_out(sql: str, params: Sequence[Any] | None = None) -> bytes:
    """What COPY says in binary, header and all. PostgreSQL only."""
    out = io.BytesIO()
    with connection.cursor() as cursor, connection.wrap_database_errors:
        bound = cursor.mogrify(sql, params).decode()
        cursor.copy_expert(f"COPY ({bound}) TO STDOUT (FORMAT binary)", out)
    return out.getvalue()


def copy_in(table: str, names: Sequence[str], records: Iterable[bytes]) -> None:
    """Writes records already in COPY's binary form. PostgreSQL only."""
    data = io.BytesIO(b"".join((COPY_HEADER, *records, COPY_TRAILER)))
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(f"COPY {table} ({', '.join(names)}) FROM STDIN (FORMAT binary)", data)


def as_date(found: date | str) -> date:
    """SQLite gives dates as text."""
    return date.fromisoformat(found) if isinstance(found, str) else found


def as_time(found: datetime | str | None) -> datetime | None:
    """SQLite gives times as text, without the zone, which is UTC."""
    return datetime.fromisoformat(found).replace(tzinfo=UTC) if isinstance(found, str) else found


def one_of(column: str, values: Iterable[int | str], postgres_type: str = "") -> tuple[str, list[Any]]:
    """A condition that the column is one of any number of values, and its parameters. Values that are no numbers and
    no text to PostgreSQL need their type said."""
    listed = list(values)
    if on_postgres():
        kind = postgres_type or ("text" if listed and isinstance(listed[0], str) else "bigint")
        return f"{column} = ANY(%s::{kind}[])", [array(listed)]
    return f"{column} IN (SELECT value FROM json_each(%s))", [json.dumps(listed)]


def array(values: Iterable[int | str | None]) -> str:
    """How PostgreSQL writes an array. One long literal is read far sooner than the ARRAY[...] of as many expressions
    that psycopg2 makes of a list.

    >>> array([1, None]), array(["a", 'b"'])
    ('{1,NULL}', '{"a","b\\\\""}')
    """
    return "{" + ",".join(["NULL" if value is None else _element(value) for value in values]) + "}"


def _element(value: int | str) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)


def table(names: Sequence[str], rows: Sequence[Sequence[Any]], postgres_types: Sequence[str]) -> tuple[str, list[Any]]:
    """Rows of values as a table to select from, named `given`, and its parameters: any number in one statement."""
    if on_postgres():
        arrays = ", ".join(f"%s::{each}[]" for each in postgres_types)
        return f"unnest({arrays}) AS given ({', '.join(names)})", list(map(array, zip(*rows, strict=True)))
    picked = ", ".join(f"json_extract(value, '$[{place}]') AS {name}" for place, name in enumerate(names))
    return f"(SELECT {picked} FROM json_each(%s)) AS given", [json.dumps(rows)]


def moment(microseconds: str) -> str:
    """A number of microseconds since 1970, in SQL, as the database writes times. Without a percent sign: for
    its log, where DEBUG is on, Django fills the parameters in once more."""
    if on_postgres():
        return f"timestamptz 'epoch' + {microseconds} * interval '1 microsecond'"
    whole, rest = (
        f"datetime({microseconds} / 1000000, 'unixepoch')",
        f"({microseconds} - {microseconds} / 1000000 * 1000000)",
    )
    return f"{whole} || CASE {rest} WHEN 0 THEN '' ELSE '.' || substr('00000' || ({rest}), -6) END"


def midnight(day: date) -> datetime | str:
    """The first moment of a day, as the database compares it: SQLite's times are text, where a date sorts first."""
    return datetime.combine(day, time(), UTC) if on_postgres() else day.isoformat()
