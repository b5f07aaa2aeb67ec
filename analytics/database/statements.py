"""Run SQL statements and return their rows."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)


def oldest(rows: QuerySet[Row], column: str, most: int) -> QuerySet[Row]:
    """Return about `most` of the rows, the oldest by an indexed column, as one range of that column. All rows with the
    last value of the range are in it."""
    last = list(rows.order_by(column).values_list(column, flat=True)[most - 1 : most])
    return rows.filter(**{f"{column}__lte": last[0]}) if last else rows


def delete_oldest(rows: QuerySet[Model], column: str, most: int) -> int:
    """Delete about `most` of the rows, the oldest by an indexed column, and return the number of rows deleted."""
    return oldest(rows, column, most).delete()[0]


def execute(sql: str, params: Sequence[Any] | None = None) -> int:
    """Run one statement and return the number of rows affected."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        affected: int = cursor.rowcount
        return affected


def execute_many(sql: str, several: Iterable[Sequence[Any]]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(sql, several)  # type: ignore[arg-type]  # any iterable will do, the stub is too narrow


def rows(sql: str, params: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def value(sql: str, params: Sequence[Any] | None = None) -> Any:
    """Return the single value of a statement that gives one row."""
    return rows(sql, params)[0][0]
