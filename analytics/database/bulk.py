"""Rows and columns in bulk: COPY in binary, and whole columns as arrays."""

import io
import json
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from enum import Enum
from functools import partial
from typing import Any

import numpy as np
from django.db import connection

from analytics.database.portable import on_postgres
from analytics.database.statements import execute_many, rows
from tally.counts import Ints, RawBytes

COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
COPY_TRAILER = b"\xff\xff"
POSTGRES_EPOCH = 946_684_800_000_000
"""2000-01-01 in microseconds since 1970: PostgreSQL's binary timestamps count from there."""
POSTGRES_EPOCH_DAY = POSTGRES_EPOCH // 86_400_000_000
"""The same in days: its binary dates count from there."""


def columns(names: Sequence[str], source: str, params: Sequence[Any] | None = None) -> list[Ints]:
    """Return integer columns of `FROM source`, each as an array. PostgreSQL sends each column as one value."""
    if on_postgres():
        arrays = ", ".join(f"string_agg(int8send({name}), '')" for name in names)
        (row,) = copied(f"SELECT {arrays} FROM {source}", params)
        return [np.frombuffer(data or b"", ">i8").astype(np.int64) for data in row]
    found = rows(f"SELECT {', '.join(names)} FROM {source}", params)
    return list(np.array(found, np.int64).reshape(len(found), len(names)).T)


def copied(sql: str, params: Sequence[Any] | None = None) -> list[list[RawBytes | None]]:
    """Return the rows of a query by COPY in binary: the raw bytes of each value, as views of all that was read.
    PostgreSQL only."""
    data = copy_out(sql, params)
    found, at = [], len(COPY_HEADER)
    while (count := struct.unpack_from(">h", data, at)[0]) >= 0:
        at += 2
        row: list[RawBytes | None] = []
        for _ in range(count):
            (size,) = struct.unpack_from(">i", data, at)
            at += 4
            row.append(None if size < 0 else data[at : at + size])
            at += max(size, 0)
        found.append(row)
    return found


def copy_out(sql: str, params: Sequence[Any] | None = None) -> memoryview:
    """Return the output of COPY in binary, with its header. PostgreSQL only."""
    out = io.BytesIO()
    with connection.cursor() as cursor, connection.wrap_database_errors:
        bound = cursor.mogrify(sql, params).decode()
        cursor.copy_expert(f"COPY ({bound}) TO STDOUT (FORMAT binary)", out)
    return out.getbuffer()


def copy_in(table: str, names: Sequence[str], records: Iterable[bytes]) -> None:
    """Write records that are already in COPY's binary form. PostgreSQL only."""
    data = io.BytesIO(b"".join((COPY_HEADER, *records, COPY_TRAILER)))
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(f"COPY {table} ({', '.join(names)}) FROM STDIN (FORMAT binary)", data)


ARRAY_HEADER = struct.Struct(">iiiii")
"""The number of dimensions, whether there are nulls, the type, the length, and the lower bound."""
ARRAY_ITEM = np.dtype([("length", ">i4"), ("value", ">i8")])
INT8_OID = 20


def int_array_of(data: RawBytes) -> Ints:
    """Return a `bigint[]` from its binary form, big-endian as it came."""
    found: Ints = np.frombuffer(data, ARRAY_ITEM, offset=min(ARRAY_HEADER.size, len(data)))["value"]
    return found


def _int_array(values: Ints) -> bytes:
    items = np.empty(values.size, ARRAY_ITEM)
    items["length"], items["value"] = 8, values
    return ARRAY_HEADER.pack(1, 0, INT8_OID, values.size, 1) + items.tobytes()


class ColumnType(Enum):
    """The types of columns that `insert_many` writes."""

    SMALLINT = "smallint"
    BIGINT = "bigint"
    DATE = "date"
    INTS = "bigint[]"
    BYTES = "bytea"


def _days(day: date) -> int:
    return (day - date(2000, 1, 1)).days


COPY_FIELD: dict[ColumnType, Callable[[Any], bytes]] = {
    ColumnType.SMALLINT: struct.Struct(">h").pack,
    ColumnType.BIGINT: struct.Struct(">q").pack,
    ColumnType.DATE: lambda day: struct.pack(">i", _days(day)),
    ColumnType.INTS: _int_array,
    ColumnType.BYTES: bytes,
}
SQLITE_VALUE: dict[ColumnType, Callable[[Any], Any]] = {
    ColumnType.INTS: lambda values: json.dumps(values.tolist()),
}


def insert_many(table: str, columns: Mapping[str, ColumnType], records: Iterable[Sequence[Any]]) -> None:
    """Insert rows; on PostgreSQL by COPY. Arrays are given as numpy arrays, and stored as JSON on SQLite."""
    kinds = list(columns.values())
    if on_postgres():
        copy_in(table, list(columns), map(partial(_copy_record, kinds), records))
        return
    places = ", ".join(["%s"] * len(kinds))
    execute_many(
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})",
        (
            [SQLITE_VALUE.get(kind, _same)(value) for kind, value in zip(kinds, record, strict=True)]
            for record in records
        ),
    )


def _same(value: Any) -> Any:
    return value


def _copy_record(kinds: Sequence[ColumnType], values: Sequence[Any]) -> bytes:
    fields = [COPY_FIELD[kind](value) for kind, value in zip(kinds, values, strict=True)]
    sized = (part for field in fields for part in (len(field).to_bytes(4), field))
    return b"".join((len(fields).to_bytes(2), *sized))
