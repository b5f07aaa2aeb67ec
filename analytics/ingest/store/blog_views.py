"""Store blog views as they arrive, in small batches, each key once. (`bulk_blog_views` writes many views at once.)"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from analytics import database
from analytics.database import StaleIds
from analytics.sources.lookups import ip_addresses

COLUMN_TYPES = {
    "blog": "bigint",
    "country": "bigint",
    "viewer": "integer",
    "address": "inet",
    "at": "bigint",
    "view_key": "uuid",
    "context": "integer",
    "content": "uuid",
    "visitor": "bigint",
}
NO_CONTEXT = (None, None)
CURRENT_CONTEXT = """CASE WHEN given.context IS NULL THEN NULL ELSE coalesce(
    (SELECT stored.id FROM analytics_context AS stored
     WHERE stored.id = given.context AND stored.content = given.content), 0) END"""
"""0 if the id is not the one of these texts."""


class BlogViewRow(NamedTuple):
    """A view with the ids of its blog, country and viewer, None for unknown. `at` is microseconds since 1970, UTC.
    `context` is the id of a context with the digest of its texts, and `visitor` what is stored of the visitor."""

    blog: int
    country: int | None
    viewer: int | None
    address: bytes
    at: int
    view_key: str | None
    context: tuple[int, str] | None = None
    visitor: int | None = None


def add(views: Sequence[BlogViewRow]) -> list[bool]:
    """Store the views whose key is not stored yet; return for each view, in order, whether it was new.

    Call this inside a transaction. Raise StaleIds when the id of a context is not the one of its texts.
    """
    if not views:
        return []
    rows = [
        (
            *view[:3],
            ip_addresses.text(view.address),
            view.at,
            view.view_key,
            *(view.context or NO_CONTEXT),
            view.visitor,
        )
        for view in views
    ]
    given, params = database.table(list(COLUMN_TYPES), rows, list(COLUMN_TYPES.values()))
    stored = database.rows(
        f"""INSERT INTO analytics_blogview
                (blog_id, country_id, viewer_id, ip_address, timestamp, view_key, context_id, visitor)
            SELECT blog, country, viewer, address, {database.moment("at")}, view_key, {CURRENT_CONTEXT}, visitor
            FROM {given} WHERE true ON CONFLICT DO NOTHING RETURNING view_key, context_id""",
        params,
    )
    if any(context == 0 for _, context in stored):
        raise StaleIds(StaleIds.__doc__)
    new_keys = {str(key).replace("-", "") for key, _ in stored if key}
    return [view.view_key is None or _remove(new_keys, view.view_key) for view in views]


def existing_keys(keys: Collection[str]) -> set[str]:
    """Return those of these keys, in hexadecimal digits, of which the database holds a view."""
    wanted, params = database.one_of("view_key", sorted(keys), "uuid")
    found = database.rows(f"SELECT view_key FROM analytics_blogview WHERE {wanted}", params) if keys else []
    return {str(key).replace("-", "") for (key,) in found}


def _remove(keys: set[str], key: str) -> bool:
    """Return whether the key is among `keys`, and remove it: of two views with one key, only the first was stored."""
    there = key in keys
    keys.discard(key)
    return there
