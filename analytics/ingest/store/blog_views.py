"""Store blog views in small batches, as they arrive. (`bulk_blog_views` writes them by the hundred thousand.)"""

from collections.abc import Sequence
from typing import NamedTuple

from analytics import database

COLUMN_TYPES = {
    "blog": "bigint",
    "country": "bigint",
    "viewer": "integer",
    "address": "inet",
    "at": "bigint",
    "view_key": "uuid",
}


class BlogViewRow(NamedTuple):
    """A view with the ids of its blog, country and viewer, None for unknown. `at` is microseconds since 1970, UTC."""

    blog: int
    country: int | None
    viewer: int | None
    address: str | None
    at: int
    view_key: str | None


def add(views: Sequence[BlogViewRow]) -> list[bool]:
    """Store the views whose key is not stored yet; return for each view, in order, whether it was new.

    Call this inside a transaction.
    """
    if not views:
        return []
    given, params = database.table(list(COLUMN_TYPES), views, list(COLUMN_TYPES.values()))
    stored = database.rows(
        f"""INSERT INTO analytics_blogview (blog_id, country_id, viewer_id, ip_address, timestamp, view_key)
            SELECT blog, country, viewer, address, {database.moment("at")}, view_key
            FROM {given} WHERE true ON CONFLICT DO NOTHING RETURNING view_key""",
        params,
    )
    new_keys = {str(key).replace("-", "") for (key,) in stored if key}
    return [view.view_key is None or _remove(new_keys, view.view_key) for view in views]


def _remove(keys: set[str], key: str) -> bool:
    """Return whether the key is among `keys`, and remove it: of two views with one key, only the first was stored."""
    there = key in keys
    keys.discard(key)
    return there
