"""Take views out of the database, to move them to the cluster."""

from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_address
from typing import Any
from uuid import UUID

from analytics import database
from analytics.sources.messages.events import digest
from analytics.warehouse.store.facts.fact_store import NewViews
from tally.counts import int_array
from tally.zones import EPOCH

DELETE = """
    DELETE FROM analytics_blogview
    WHERE id IN (SELECT id FROM analytics_blogview WHERE timestamp < %s LIMIT %s)
    RETURNING id, blog_id, country_id, viewer_id, timestamp, ip_address, context_id, visitor, view_key"""
MOVED = digest("moved view")[:8]
"""The first half of the key of a view that had none. The second half is its id in the database."""
MICROSECOND = timedelta(microseconds=1)


def take(before: date, limit: int) -> NewViews | None:
    """Delete at most `limit` views from before a day and return them; None if there are none. Their days do not become
    stale on PostgreSQL, because they stay counted."""
    if database.on_postgres():
        database.execute("SET LOCAL ideeza.purging = 'on'")
    rows = database.rows(DELETE, [database.midnight(before), limit])
    if database.on_postgres():
        database.execute("SET LOCAL ideeza.purging = 'off'")
    if not rows:
        return None
    ids, blogs, countries, viewers, times, addresses, contexts, visitors, keys = zip(*rows, strict=True)
    return NewViews(
        int_array(blogs),
        int_array(each or 0 for each in countries),
        int_array(each or 0 for each in viewers),
        int_array(map(_microseconds, times)),
        [ip_address(each).packed if each else b"" for each in addresses],
        int_array(each or 0 for each in contexts),
        int_array(each or 0 for each in visitors),
        [_key(id, key) for id, key in zip(ids, keys, strict=True)],
    )


def _microseconds(at: datetime | str) -> int:
    found = database.as_time(at)
    assert found is not None
    return (
        (found if found.tzinfo else found.replace(tzinfo=UTC)) - EPOCH
    ) // MICROSECOND  # SQLite's times have no zone, which is UTC


def _key(id: int, view_key: Any) -> bytes:
    return UUID(str(view_key)).bytes if view_key else MOVED + id.to_bytes(8)
