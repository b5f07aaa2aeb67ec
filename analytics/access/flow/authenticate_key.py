"""Whose key it is."""

from collections import OrderedDict

from django.db import DatabaseError, InterfaceError

from analytics.access.store import api_keys
from analytics.access.store.api_keys import KeyGrant

FRESH_SECONDS = 1.0
"""What was found out about a key is believed for so long: a key that is revoked is refused a second later."""
STALE_SECONDS = 3600.0
"""And for so long while the database cannot be asked, so that an inbox goes on taking in."""
MOST = 1024

_found: OrderedDict[str, tuple[float, KeyGrant]] = OrderedDict()


def authenticate(key: str, moment: float) -> KeyGrant | None:
    """What this key may, None for a key that nobody has; `moment` is of a clock in seconds that only goes forward."""
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
    """The next time every key is asked for: one may have been revoked or bound."""
    _found.clear()


__all__ = ["KeyGrant", "forget_all", "authenticate"]
