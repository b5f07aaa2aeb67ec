"""The salt of a day: the same for all processes, and deleted soon after the day."""

import secrets
from datetime import date, timedelta
from functools import lru_cache

from analytics import database
from analytics.models import VisitorSalt

SALT_BYTES = 32
GRACE = timedelta(hours=1)
"""The time after midnight for which the salt of the day before is kept: the clocks of servers differ, and a visitor who
stays over midnight is recognised by it."""


@lru_cache(maxsize=2)
def get_or_create_salt(day: date) -> bytes:
    """Return the salt that the visitors of this day are hashed with. The first call of a day creates it and
    deletes the salts of the days before the previous one."""
    found = VisitorSalt.objects.filter(day=day).first() or _create(day)
    return bytes(found.value)


@lru_cache(maxsize=1)
def find_salt(day: date) -> bytes | None:
    """Return the salt of this day if there is one."""
    found = VisitorSalt.objects.filter(day=day).first()
    return bytes(found.value) if found else None


def _create(day: date) -> VisitorSalt:
    with database.committing():
        VisitorSalt.objects.bulk_create(
            [VisitorSalt(day=day, value=secrets.token_bytes(SALT_BYTES))], ignore_conflicts=True
        )
        delete_before(day - timedelta(days=1))
        return VisitorSalt.objects.get(day=day)


def delete_before(day: date) -> None:
    VisitorSalt.objects.filter(day__lt=day).delete()
