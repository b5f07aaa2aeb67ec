"""Read the database in a second connection while the first one is at work."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Protocol, TypeVar

from django.db import connection

from analytics.database.portable import on_postgres
from analytics.database.transactions import is_nested, snapshot

Item = TypeVar("Item")


class Begin(Protocol):
    """Begins to make the next item of an iterator, and returns a function that waits for it."""

    def __call__(self, items: Iterator[Item], /) -> Callable[[], Item]: ...


@contextmanager
def reading_ahead(*, worthwhile: bool) -> Iterator[Begin]:
    """Give a function that begins to make the next item of an iterator, and returns a function that waits for it. Begin
    one item at a time.

    On PostgreSQL, items are made in a thread, by a connection of its own: each sees what was committed before it was
    begun. On SQLite, inside a transaction whose changes no other connection sees, and where it is not worthwhile, an
    item is made when it is waited for.
    """
    if not worthwhile or not on_postgres() or is_nested():
        yield _begin_late
        return
    with ThreadPoolExecutor(1, "read-ahead") as thread:

        def begin(items: Iterator[Item]) -> Callable[[], Item]:
            return thread.submit(_next_in_snapshot, items).result

        try:
            yield begin
        finally:
            thread.submit(_close).result()


def _begin_late(items: Iterator[Item]) -> Callable[[], Item]:
    return partial(next, items)


def _next_in_snapshot(items: Iterator[Item]) -> Item:
    with snapshot():
        return next(items)


def _close() -> None:
    connection.close()  # that of this thread
