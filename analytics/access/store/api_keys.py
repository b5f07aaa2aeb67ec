"""Store applications and their API keys. Only the SHA-256 digest of a key is stored."""

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import IntegrityError, transaction

from analytics.models import ApiKey, Application, Domain
from analytics.sources.url_spelling import BadUrl, normal_host

HINT_CHARACTERS, MIN_HINTED_CHARACTERS = 4, 20
"""The number of a key's first characters that are stored to distinguish keys, and the length from which a key is long
enough that these characters do not weaken it."""

SCOPE_FIELDS = {"collect": "may_collect", "read": "may_read", "query": "may_query"}
"""The scopes of a key, and the column that says whether it has each."""


class KeyExists(Exception):
    """This key exists already."""


class NewKey(NamedTuple):
    """A key to create: the application's hosts, the key's scopes, its value (random for None) and its end."""

    domains: Sequence[str]
    scopes: Collection[str]
    value: str | None
    expires_at: datetime | None


def create(name: str, new: NewKey) -> str:
    value = new.value or secrets.token_hex(20)
    with transaction.atomic():
        application, _ = Application.objects.get_or_create(name=name)
        for host in new.domains:
            application.domains.get_or_create(host=normal_host(host))
        _store(application, value, new)
    return value


def _store(application: Application, value: str, new: NewKey) -> None:
    try:
        with transaction.atomic():
            application.keys.create(
                digest=digest(value),
                hint=value[:HINT_CHARACTERS] if len(value) >= MIN_HINTED_CHARACTERS else "",
                expires_at=new.expires_at,
                **{field: scope in new.scopes for scope, field in SCOPE_FIELDS.items()},
            )
    except IntegrityError as error:
        raise KeyExists(KeyExists.__doc__) from error


@dataclass(frozen=True, slots=True)
class KeyGrant:
    """The application of a key and the key's permissions. `expires_at` is its end, None for a key without one.

    `hosts` are the application's own hosts. If it has none, the key is valid for every host that is not in `others`,
    the hosts of other applications.
    """

    application: int
    scopes: frozenset[str]
    expires_at: datetime | None
    hosts: frozenset[str]
    others: frozenset[str]

    def covers_host(self, host: str) -> bool:
        """Return whether the key is valid for this host, in any spelling. An empty host, as of a blog without a URL, is
        that of no application."""
        try:
            host = normal_host(host) if host else host
        except BadUrl:
            return False
        return host in self.hosts if self.hosts else host not in self.others


def find(digest: str) -> KeyGrant | None:
    """Return the permissions of the key with this digest; None when there is no such key or it was revoked."""
    key = ApiKey.objects.filter(digest=digest, revoked_at=None).first()
    if key is None:
        return None
    scopes = frozenset(scope for scope, field in SCOPE_FIELDS.items() if getattr(key, field))
    return _grant(key.application_id, scopes, key.expires_at)


def grant_of(application: int) -> KeyGrant:
    """Return the permissions of an application, whatever the scopes of its keys are."""
    return _grant(application, frozenset(SCOPE_FIELDS), None)


def _grant(application: int, scopes: frozenset[str], expires_at: datetime | None) -> KeyGrant:
    host_owners = list(Domain.objects.values_list("application_id", "host"))
    hosts = frozenset(host for owner, host in host_owners if owner == application)
    others = frozenset(host for owner, host in host_owners if owner != application)
    return KeyGrant(application, scopes, expires_at, hosts, others)


def digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
