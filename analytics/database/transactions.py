"""Transactions: to read one snapshot, to write all or nothing, to try again."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from django.db import DatabaseError, connection, transaction

from analytics.database.portable import on_postgres
from analytics.database.statements import execute

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


def prefer_index_plans() -> None:
    """For the rest of the transaction, which looks up many rows by their keys."""
    if on_postgres():
        execute(BY_KEYS)


def attempting() -> AbstractContextManager[Any]:
    """What fails inside leaves the transaction around it as it was before."""
    return transaction.atomic()


def after_commit(act: Callable[[], None]) -> None:
    """Does something once what is being written is there for all; not at all when it is rolled back."""
    transaction.on_commit(act)


def is_retryable(error: DatabaseError) -> bool:
    """Whether the same transaction may succeed when it is tried again: others were in its way."""
    return getattr(error.__cause__, "pgcode", None) in PASSING
