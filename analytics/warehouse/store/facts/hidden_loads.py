"""The loads of rows on the cluster that do not count: they are being moved there, or deleted from there.

A load becomes hidden or visible in the transaction of the database that does the other half of the change, so that
readers see both halves or none.
"""

import secrets

from analytics import database

MAX_LOAD = 2**62


def new_load() -> int:
    """Return a number that no load has."""
    return 1 + secrets.randbelow(MAX_LOAD)


def hide(load: int) -> None:
    database.execute("INSERT INTO analytics_hiddenload (number) VALUES (%s)", [load])


def show(load: int) -> None:
    database.execute("DELETE FROM analytics_hiddenload WHERE number = %s", [load])


def hidden() -> list[int]:
    """Return the numbers of the hidden loads, as the snapshot of the transaction has them."""
    return [number for (number,) in database.rows("SELECT number FROM analytics_hiddenload ORDER BY number")]
