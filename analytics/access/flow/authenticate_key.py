"""Find the application and the permissions of an API key, with a cache in the process."""

from collections import OrderedDict

from django.db import DatabaseError, InterfaceError

from analytics.access.store import api_keys
from analytics.access.store.api_keys import KeyGrant

FRESH_SECONDS = 1.0
"""Seconds for which a key's cached permissions are used: a revoked key is refused after one second."""
STALE_SECONDS = 3600.0
"""Seconds for which they are used while the database does not answer, so that the inbox goes on accepting data."""
MOST = 1024

_found: OrderedDict[str, tuple[float, KeyGrant]] = OrderedDict()


def authenticate(key: str, moment: float) -> KeyGrant | None:
    """Return the permissions of this key, None for an unknown key; `moment` is a monotonic clock's time in seconds.

    Raise the database's error when it does not answer and nothing recent enough is cached.
    """
    digest = api_keys.digest(key)
    asked, known = _found.get(digest, (-STALE_SECONDS, None))
    if known and moment - asked < FRESH_SECONDS:
        return known
    try:
        known = api_keys.find(digest)
    except (DatabaseError, InterfaceError):
        if known and moment - asked < STALE_SECONDS:
            return known
        raise
    _remember(digest, moment, known)
    return known


def _remember(digest: str, moment: float, known: KeyGrant | None) -> None:
    _found.pop(digest, None)
    if known:
        _found[digest] = moment, known
        while len(_found) > MOST:
            _found.popitem(last=False)


def forget_all() -> None:
    """Clear the cache, so that each key is read from the database again: one may be revoked or bound to hosts now."""
    _found.clear()


__all__ = ["KeyGrant", "forget_all", "authenticate"]
