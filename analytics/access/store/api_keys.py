"""Store applications and their API keys. Only the SHA-256 digest of a key is stored."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from analytics.models import ApiKey, Application, Domain
from analytics.sources.url_spelling import BadUrl, normal_host

HINT_CHARACTERS, MIN_HINTED_CHARACTERS = 4, 20
"""The number of a key's first characters that are stored to distinguish keys, and the length from which a key is long
enough that these characters do not weaken it."""


class KeyExists(Exception):
    """This key exists already."""


def create(name: str, domains: Sequence[str], scopes: frozenset[str], value: str | None) -> str:
    value = value or secrets.token_hex(20)
    with transaction.atomic():
        application, _ = Application.objects.get_or_create(name=name)
        for host in domains:
            application.domains.get_or_create(host=normal_host(host))
        _store(application, value, scopes)
    return value


def _store(application: Application, value: str, scopes: frozenset[str]) -> None:
    try:
        with transaction.atomic():
            application.keys.create(
                digest=digest(value),
                hint=value[:HINT_CHARACTERS] if len(value) >= MIN_HINTED_CHARACTERS else "",
                may_collect="collect" in scopes,
                may_read="read" in scopes,
            )
    except IntegrityError as error:
        raise KeyExists(KeyExists.__doc__) from error


@dataclass(frozen=True, slots=True)
class KeyGrant:
    """The application of a key and the key's permissions.

    `hosts` are the application's own hosts. If it has none, the key is valid for every host that is not in `others`,
    the hosts of other applications.
    """

    application: int
    may_collect: bool
    may_read: bool
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
    return _grant(key.application_id, key.may_collect, key.may_read)


def grant_of(application: int) -> KeyGrant:
    """Return the permissions of an application, whatever the scopes of its keys are."""
    return _grant(application, True, True)


def _grant(application: int, may_collect: bool, may_read: bool) -> KeyGrant:
    host_owners = list(Domain.objects.values_list("application_id", "host"))
    hosts = frozenset(host for owner, host in host_owners if owner == application)
    others = frozenset(host for owner, host in host_owners if owner != application)
    return KeyGrant(application, may_collect, may_read, hosts, others)


def digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
