"""The salt of a day: the same for all processes, and deleted after the day."""

import secrets
from datetime import date
from functools import lru_cache

from analytics import database
from analytics.models import VisitorSalt

SALT_BYTES = 32


@lru_cache(maxsize=1)
def get_or_create_salt(day: date) -> bytes:
    """Return the salt that the visitors of this day are hashed with. The first call of a day creates it and deletes the
    salts of earlier days."""
    found = VisitorSalt.objects.filter(day=day).first() or _create(day)
    return bytes(found.value)


def _create(day: date) -> VisitorSalt:
    with database.committing():
        VisitorSalt.objects.bulk_create(
            [VisitorSalt(day=day, value=secrets.token_bytes(SALT_BYTES))], ignore_conflicts=True
        )
        VisitorSalt.objects.filter(day__lt=day).delete()
        return VisitorSalt.objects.get(day=day)


def delete_before(day: date) -> None:
    VisitorSalt.objects.filter(day__lt=day).delete()
