"""Share one view of the Blog views page by a link, find the view of a link, and revoke it."""

import hashlib
import secrets
from datetime import datetime

from analytics.access.store import shared_views
from analytics.access.store.shared_views import NewView, OpenView
from analytics.models import SharedView

TOKEN_BYTES = 32


def share(new: NewView) -> str:
    """Create a link and return its token, which only this call returns: it is not stored."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    shared_views.add(new, _digest(token))
    return token


def find_by_token(token: str, now: datetime) -> OpenView | None:
    """Return the view of a link that works now."""
    return shared_views.find_by_digest(_digest(token), now)


def find(id: int, now: datetime) -> OpenView | None:
    """Return the view with this id, if its link works now."""
    return shared_views.find(id, now)


def list_views(creator: int) -> list[SharedView]:
    """Return the views that a user has shared, the newest first."""
    return shared_views.of_creator(creator)


def revoke(id: int, creator: int, now: datetime) -> bool:
    """End a link of this creator at once; return whether there was one to end."""
    return shared_views.revoke(id, creator, now)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


__all__ = ["NewView", "OpenView", "find", "find_by_token", "list_views", "revoke", "share"]
