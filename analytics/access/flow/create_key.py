"""Create API keys for applications."""

from collections.abc import Sequence

from analytics.access.store import api_keys
from analytics.access.store.api_keys import KeyExists

SCOPES = ("collect", "read")


def create_key(name: str, domains: Sequence[str], scopes: Sequence[str], key: str | None = None) -> str:
    """Create a key for the application of this name, and the application if it is new; return the key.

    Only this call returns the key: it is not stored. Raise KeyExists when `key` is in use.
    """
    return api_keys.create(name, domains, frozenset(scopes), key)


__all__ = ["SCOPES", "KeyExists", "create_key"]
