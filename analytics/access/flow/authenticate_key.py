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
    cached_at, grant = _cache.get(digest, (-STALE_SECONDS, None))
    if grant and moment - cached_at < FRESH_SECONDS:
        return grant
    try:
        grant = api_keys.find(digest)
    except (DatabaseError, InterfaceError):
        if grant and moment - cached_at < STALE_SECONDS:
            return grant
        raise
    _cache_grant(digest, moment, grant)
    return grant


def _cache_grant(digest: str, moment: float, grant: KeyGrant | None) -> None:
    _cache.pop(digest, None)
    if grant:
        _cache[digest] = moment, grant
        while len(_cache) > MAX_CACHED_KEYS:
            _cache.popitem(last=False)


def clear_cache() -> None:
    """Clear the cache, so that each key is read from the database again: one may be revoked or bound to hosts now."""
    _cache.clear()


__all__ = ["KeyGrant", "clear_cache", "authenticate"]
