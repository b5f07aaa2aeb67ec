"""The salt of a day: the same for all processes, and deleted soon after the day. Beside it, the installation's secret,
which stays."""

import secrets
from datetime import date, timedelta

from analytics import database
from analytics.models import Installation, VisitorSalt

SALT_BYTES = 32
GRACE = timedelta(hours=1)
"""The time after midnight for which the salt of the day before is kept: the clocks of servers differ, and a visitor who
stays over midnight is recognised by it."""


def get_or_create_salt(day: date) -> bytes:
    """Return the salt that the visitors of this day are hashed with. The first call of a day creates it and
    deletes the salts of the days before the previous one."""
    return _salts.get().get(day) or _create(day)


def find_salt(day: date) -> bytes | None:
    """Return the salt of this day if there is one."""
    return _salts.get().get(day)


def _read() -> dict[date, bytes]:
    return {day: bytes(value) for day, value in VisitorSalt.objects.values_list("day", "value")}


_salts = database.Recent(_read)


def installation_secret() -> bytes:
    """Return the secret with which this installation hashes visitors."""
    return _secret.get()


def _read_secret() -> bytes:
    return Installation.objects.get_or_create(id=1)[0].secret.encode()


_secret = database.Recent(_read_secret)


def forget() -> None:
    """Read the salts and the secret from the database again when one is needed next."""
    _salts.forget()
    _secret.forget()


def _create(day: date) -> bytes:
    with database.committing():
        VisitorSalt.objects.bulk_create(
            [VisitorSalt(day=day, value=secrets.token_bytes(SALT_BYTES))], ignore_conflicts=True
        )
        delete_before(day - timedelta(days=1))
        value = bytes(VisitorSalt.objects.get(day=day).value)
    forget()
    return value


def delete_before(day: date) -> None:
    """Delete the salts of the days before this one, if there are any."""
    if any(each < day for each in _salts.get()):
        VisitorSalt.objects.filter(day__lt=day).delete()
        forget()
