"""Store the links to single views. Only the SHA-256 digest of a link's token is stored."""

from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from analytics.models import SharedView


class NewView(NamedTuple):
    """A link to make: its name, the query of the page's address, the filters in it as a tree, its creator and end."""

    name: str
    parameters: str
    filters: Any
    creator: int
    expires_at: datetime | None


class OpenView(NamedTuple):
    """A link that works now."""

    id: int
    name: str
    parameters: str
    filters: Any
    creator: int


def add(new: NewView, digest: str) -> None:
    SharedView.objects.create(
        name=new.name,
        digest=digest,
        parameters=new.parameters,
        filters=new.filters,
        creator_id=new.creator,
        expires_at=new.expires_at,
    )


def find_by_digest(digest: str, now: datetime) -> OpenView | None:
    return _first(SharedView.objects.filter(digest=digest), now)


def find(id: int, now: datetime) -> OpenView | None:
    return _first(SharedView.objects.filter(pk=id), now)


def _first(found: QuerySet[SharedView], now: datetime) -> OpenView | None:
    """Return the link, or None if it is revoked, has expired, or its creator may not sign in any more."""
    working = found.filter(Q(expires_at=None) | Q(expires_at__gt=now), revoked_at=None, creator__is_active=True)
    row = working.values_list("id", "name", "parameters", "filters", "creator_id").first()
    return OpenView(*row) if row else None


def of_creator(creator: int) -> list[SharedView]:
    return list(SharedView.objects.filter(creator_id=creator))


def revoke(id: int, creator: int, now: datetime) -> bool:
    """Revoke a link of this creator; return whether there was one to revoke."""
    found = SharedView.objects.filter(pk=id, creator_id=creator, revoked_at=None)
    return bool(found.update(revoked_at=now))
