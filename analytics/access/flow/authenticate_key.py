"""Find the application and the permissions of an API key, with a cache in the process."""

from collections import OrderedDict

from django.db import DatabaseError, InterfaceError

from analytics.access.store import api_keys
from analytics.access.store.api_keys import KeyGrant

FRESH_SECONDS = 1.0
"""Seconds for which a key's cached permissions are used: a revoked key is refused after one second."""
STALE_SECONDS = 3600.0
"""Seconds for which they are used while the database does not answer, so that the inbox goes on accepting data."""
MAX_CACHED_KEYS = 1024

_cache: OrderedDict[str, tuple[float, KeyGrant]] = OrderedDict()


def authenticate(key: str, moment: float) -> KeyGrant | None:
    """Return the permissions of this key, None for an unknown key; `moment` is a monotonic clock's time in seconds.

    Raise the database's error when it does not answer and nothing recent enough is cached.
    """
    digest = api_keys.digest(key)
    asked, known = _cache.get(digest, (-STALE_SECONDS, None))
    if known and moment - asked < FRESH_SECONDS:
        return known
    try:
        known = api_keys.find(digest)
    except (DatabaseError, InterfaceError):
        if known and moment - asked < STALE_SECONDS:
            return known
        raise
    _store_in_cache(digest, moment, known)
    return known


def _store_in_cache(digest: str, moment: float, known: KeyGrant | None) -> None:
    _cache.pop(digest, None)
    if known:
        _cache[digest] = moment, known
        while len(_cache) > MAX_CACHED_KEYS:
            _cache.popitem(last=False)


def clear_cache() -> None:
    """Clear the cache, so that each key is read from the database again: one may be revoked or bound to hosts now."""
    _cache.clear()


__all__ = ["KeyGrant", "clear_cache", "authenticate"]
