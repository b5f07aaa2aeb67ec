"""The lock that lets one roll-up run at a time."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from django.db import OperationalError

from analytics import database
from analytics.http.try_again_later import TryAgainLater

LOCK_NAME = "ideeza.roll_up"


class AlreadyRunning(TryAgainLater):
    """Another roll-up is running. Try again later."""


@contextmanager
def roll_up_lock() -> Iterator[None]:
    """Open a transaction that excludes every other roll-up, purge and repair. Raise AlreadyRunning if one runs.

    PostgreSQL: an advisory lock held by the transaction, so it ends with its holder and works behind a transaction
    pooler. SQLite has one writer at a time; waiting for it has a limit.
    """
    with ExitStack() as transaction:
        try:
            transaction.enter_context(database.writing())
        except OperationalError as error:
            raise AlreadyRunning(AlreadyRunning.__doc__) if "locked" in str(error) else error from error
        if database.on_postgres() and not _try_lock():
            raise AlreadyRunning(AlreadyRunning.__doc__)
        yield


def _try_lock() -> bool:
    locked: bool = database.value("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [LOCK_NAME])
    return locked
