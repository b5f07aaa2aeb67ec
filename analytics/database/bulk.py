"""Rows and columns in bulk: COPY in binary, and whole columns as arrays."""

import io
import struct
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from django.db import connection

from analytics.database.portable import on_postgres
from analytics.database.statements import rows
from tally.counts import Ints

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


def copied(sql: str, params: Sequence[Any] | None = None) -> list[list[bytes | None]]:
    """Return the rows of a query by COPY in binary: the raw bytes of each value. PostgreSQL only."""
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
    """Return the output of COPY in binary, with its header. PostgreSQL only."""
    out = io.BytesIO()
    with connection.cursor() as cursor, connection.wrap_database_errors:
        bound = cursor.mogrify(sql, params).decode()
        cursor.copy_expert(f"COPY ({bound}) TO STDOUT (FORMAT binary)", out)
    return out.getvalue()


def copy_in(table: str, names: Sequence[str], records: Iterable[bytes]) -> None:
    """Write records that are already in COPY's binary form. PostgreSQL only."""
    data = io.BytesIO(b"".join((COPY_HEADER, *records, COPY_TRAILER)))
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(f"COPY {table} ({', '.join(names)}) FROM STDIN (FORMAT binary)", data)
