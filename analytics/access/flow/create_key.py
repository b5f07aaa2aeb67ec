"""Create API keys for applications."""

from collections.abc import Collection, Sequence
from datetime import datetime

from analytics.access.store import api_keys
from analytics.access.store.api_keys import SCOPE_FIELDS, KeyExists, NewKey

SCOPES = tuple(SCOPE_FIELDS)
DEFAULT_SCOPES = ("collect", "read")
"""A key for questions reads everything that is stored, so it is only created when it is asked for."""


def create_key(
    name: str,
    domains: Sequence[str],
    scopes: Collection[str],
    key: str | None = None,
    *,
    expires_at: datetime | None = None,
) -> str:
    """Create a key for the application of this name, and the application if it is new; return the key.

    Only this call returns the key: it is not stored. Raise KeyExists when `key` is in use. A key for questions that is
    bound to domains counts the blogs of these sites only.
    """
    return api_keys.create(name, NewKey(domains, scopes, key, expires_at))


__all__ = ["DEFAULT_SCOPES", "SCOPES", "KeyExists", "create_key"]
