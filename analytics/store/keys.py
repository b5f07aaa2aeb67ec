"""Applications and their keys. Only the SHA-256 of a key is stored."""

import hashlib
import secrets
from collections.abc import Sequence

from django.db import IntegrityError, transaction

from analytics.models import Application

HINT, LONG = 4, 20
"""So many characters are shown to tell keys apart, of keys so long that this gives nothing away."""


class KeyExists(Exception):
    """Somebody has this key already."""


def create(name: str, domains: Sequence[str], scopes: frozenset[str], value: str | None) -> str:
    value = value or secrets.token_hex(20)
    with transaction.atomic():
        application, _ = Application.objects.get_or_create(name=name)
        for host in domains:
            application.domains.get_or_create(host=host.lower())
        _store(application, value, scopes)
    return value


def _store(application: Application, value: str, scopes: frozenset[str]) -> None:
    try:
        with transaction.atomic():
            application.keys.create(
                digest=digest(value),
                hint=value[:HINT] if len(value) >= LONG else "",
                may_collect="collect" in scopes,
                may_read="read" in scopes,
            )
    except IntegrityError as error:
        raise KeyExists(KeyExists.__doc__) from error


def digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
