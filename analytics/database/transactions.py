"""Transactions: to read one snapshot, to write all or nothing, to try again."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

from django.db import DatabaseError, connection, transaction

from analytics.database.portable import on_postgres
from analytics.database.statements import execute

BIG_QUERY_SETTINGS = "SET LOCAL jit = off; SET LOCAL work_mem = '64MB'"
"""JIT compilation costs more than these queries take; the arrays of a long span do not fit the default work_mem."""
NO_SORT = "SET LOCAL enable_sort = off"
"""Summaries are joined by hashing: sorting rows with their arrays first takes a quarter longer."""
PLANS_OFF = ("jit", "enable_seqscan", "enable_hashjoin", "enable_mergejoin")
INDEX_PLANS = "; ".join(f"SET LOCAL {each} = off" for each in PLANS_OFF)
"""Make look-ups of some hundred keys use the index, even where the planner misjudges a table that was never analysed.
With these settings off, the planner may estimate a cost high enough for JIT compilation, so JIT is off as well."""
ONE_SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
RETRYABLE_CODES = ("40001", "40P01", "23503", "23502")
"""Serialization failure, deadlock, and violations of a foreign key and of NOT NULL: the row referred to was deleted, or
belongs to another name by now."""


@contextmanager
def snapshot() -> Iterator[None]:
    """Read everything inside the block from one snapshot of the database, or from the transaction already open."""
    if in_transaction():
        yield
        return
    with _reading(), transaction.atomic():
        if on_postgres():
            execute(f"{ONE_SNAPSHOT}; {BIG_QUERY_SETTINGS}; {NO_SORT}")
        yield


@contextmanager
def _reading() -> Iterator[None]:
    """Make the next transaction on SQLite a reader (DEFERRED); by the settings it would begin as a writer."""
    if on_postgres():
        yield
        return
    connection.ensure_connection()  # which reads the mode from the settings
    # The stubs lack this attribute of the SQLite backend.
    mode, connection.transaction_mode = connection.transaction_mode, "DEFERRED"  # type: ignore[attr-defined]
    try:
        yield
    finally:
        connection.transaction_mode = mode  # type: ignore[attr-defined]


def release() -> None:
    """Close the connection unless a transaction is open; it is opened again when it is needed. Call this before waiting
    for something else, so that those who wait do not use up the connections of the server."""
    if not connection.in_atomic_block:
        connection.close()


@contextmanager
def writing() -> Iterator[None]:
    """Write all or nothing. Each statement sees what was committed before it; the order of statements relies on it."""
    with transaction.atomic():
        if on_postgres():
            execute(BIG_QUERY_SETTINGS)
        yield


def in_transaction() -> bool:
    """Return whether this thread has a transaction open."""
    return connection.in_atomic_block


def is_nested() -> bool:
    """Return whether the open transaction was begun outside of the innermost block: other connections do not see what
    was written there."""
    return bool(connection.savepoint_ids)


def database_name() -> str:
    """Return the name of the database that this thread uses."""
    return str(connection.settings_dict["NAME"])


def committing() -> AbstractContextManager[Any]:
    """Write some rows, all or nothing."""
    return transaction.atomic()


def prefer_index_plans() -> None:
    """Prefer index plans for the rest of the transaction, which looks up many rows by their keys."""
    if on_postgres():
        execute(INDEX_PLANS)


def prefer_index_scans() -> None:
    """Prefer the indexes of tables for the rest of the transaction, which reads many rows by them. The planner does not
    by itself, in a table that was never analysed."""
    if on_postgres():
        execute("SET LOCAL enable_seqscan = off")


def attempting() -> AbstractContextManager[Any]:
    """Open a savepoint: a failure inside leaves the surrounding transaction as it was before."""
    return transaction.atomic()


def after_commit(act: Callable[[], None]) -> None:
    """Call `act` once the current transaction has committed; never, if it is rolled back."""
    transaction.on_commit(act)


@contextmanager
def rolled_back() -> Iterator[None]:
    """Undo everything that is written inside the block."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def vacuum(table: str) -> None:
    """Remove the deleted rows of a PostgreSQL table. Inside a transaction, or without the right to, do nothing:
    autovacuum does it later."""
    if on_postgres() and not in_transaction():
        with suppress(DatabaseError):
            execute(f"VACUUM (SKIP_LOCKED) {table}")


def is_retryable(error: DatabaseError) -> bool:
    """Return whether the same transaction may succeed on a retry, because other transactions interfered with it."""
    return getattr(error.__cause__, "pgcode", None) in RETRYABLE_CODES
