"""Where the two dialects differ: types, arrays, times. (A store may keep two texts of one statement side by side.)"""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from django.db import connection

from tally.counts import Ints, int_array


def vendor() -> str:
    """Return "postgresql" or "sqlite"."""
    return connection.vendor


def on_postgres() -> bool:
    return vendor() == "postgresql"


def has_one_writer() -> bool:
    """Return whether a transaction that writes keeps out all others that write."""
    return not on_postgres()


def as_date(found: date | str) -> date:
    """Return a date from the database; SQLite gives dates as text."""
    return date.fromisoformat(found) if isinstance(found, str) else found


def as_time(found: datetime | str | None) -> datetime | None:
    """Return a time from the database; SQLite gives times as text, without the zone, which is UTC."""
    return datetime.fromisoformat(found).replace(tzinfo=UTC) if isinstance(found, str) else found


def as_int_array(found: list[int] | str) -> Ints:
    """Return a column of integers of `IntArrayField`; SQLite gives it as JSON."""
    return int_array(json.loads(found) if isinstance(found, str) else found)


def one_of(column: str, values: Iterable[int | str], postgres_type: str = "") -> tuple[str, list[Any]]:
    """Return an SQL condition that the column is one of any number of values, and its parameters. Values that are
    neither numbers nor text to PostgreSQL need `postgres_type`."""
    listed = list(values)
    if on_postgres():
        kind = postgres_type or ("text" if listed and isinstance(listed[0], str) else "bigint")
        return f"{column} = ANY(%s::{kind}[])", [array(listed)]
    return f"{column} IN (SELECT value FROM json_each(%s))", [json.dumps(listed)]


def array(values: Iterable[int | str | None]) -> str:
    """Return a PostgreSQL array literal. PostgreSQL parses one long literal far faster than the ARRAY[...] of as many
    expressions that psycopg2 makes of a list.

    >>> array([1, None]), array(["a", 'b"'])
    ('{1,NULL}', '{"a","b\\\\""}')
    """
    return "{" + ",".join(["NULL" if value is None else _element(value) for value in values]) + "}"


def _element(value: int | str) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)


def table(names: Sequence[str], rows: Sequence[Sequence[Any]], postgres_types: Sequence[str]) -> tuple[str, list[Any]]:
    """Return SQL for rows of values as a table named `given`, and its parameters: any number in one statement."""
    if on_postgres():
        arrays = ", ".join(f"%s::{each}[]" for each in postgres_types)
        return f"unnest({arrays}) AS given ({', '.join(names)})", list(map(array, zip(*rows, strict=True)))
    picked = ", ".join(f"json_extract(value, '$[{place}]') AS {name}" for place, name in enumerate(names))
    return f"(SELECT {picked} FROM json_each(%s)) AS given", [json.dumps(rows)]


def moment(microseconds: str) -> str:
    """Return SQL that turns a number of microseconds since 1970 into a time of the database. It has no percent sign,
    because Django fills in the parameters once more for its log, where DEBUG is on."""
    if on_postgres():
        return f"timestamptz 'epoch' + {microseconds} * interval '1 microsecond'"
    whole, rest = (
        f"datetime({microseconds} / 1000000, 'unixepoch')",
        f"({microseconds} - {microseconds} / 1000000 * 1000000)",
    )
    return f"{whole} || CASE {rest} WHEN 0 THEN '' ELSE '.' || substr('00000' || ({rest}), -6) END"


def midnight(day: date) -> datetime | str:
    """Return the first moment of a day in the form that the database compares: SQLite's times are text, and a date
    sorts before every time of its day."""
    return datetime.combine(day, time(), UTC) if on_postgres() else day.isoformat()


def time_bound(moment: datetime) -> datetime | str:
    """Return a time in the form that the database compares; see `midnight`."""
    if on_postgres():
        return moment
    plain = moment.astimezone(UTC).replace(tzinfo=None)
    return plain.date().isoformat() if plain.time() == time() else plain.isoformat(" ")


def second_of_day(column: str) -> str:
    """Return SQL for the whole seconds of a time since midnight in UTC, on SQLite. Its own functions round the time,
    which may move it to the next day."""
    return f"substr({column}, 12, 2) * 3600 + substr({column}, 15, 2) * 60 + substr({column}, 18, 2)"


def epoch_seconds(column: str) -> str:
    """Return SQL for the whole seconds of a time since 1970."""
    if on_postgres():
        return f"floor(extract(epoch FROM {column}))::bigint"
    return f"(CAST(julianday(substr({column}, 1, 10)) - 2440587.5 AS INTEGER) * 86400 + {second_of_day(column)})"
