"""The labels of ids: countries, blogs, authors, kinds of events, sessions. They are looked up when a question is
answered, so a blog that changes its author is right at once."""

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from functools import lru_cache

import numpy as np
from django.contrib.auth import get_user_model

from analytics import database
from analytics.models import Country, Kind
from tally.columns import UNKNOWN_GROUP, looked_up
from tally.counts import Ints
from tally.span import Span
from tally.zones import EPOCH, SECOND, Zone

USERS = get_user_model()._meta.db_table
MAX_REMEMBERED_USERNAMES = 20_000
"""The most names of authors that a process remembers: some 3 MB."""
UNKNOWN_LABEL = "Unknown"
"""The label of the unknown country, and of a deleted country or author that purged views still count."""


def country_keys() -> dict[str | None, int]:
    """Return the id of each country by its code in capitals. None is the unknown country."""
    return {
        None: UNKNOWN_GROUP,
        **{code.upper(): key for key, code in Country.objects.values_list("id", "code").order_by()},
    }


def country_codes() -> dict[int, str]:
    return dict(Country.objects.values_list("id", "code").order_by())


def blogs_of(usernames: Iterable[str]) -> dict[str, Ints]:
    """Return the blog ids of each author who has blogs, ascending."""
    wanted, params = database.one_of("username", sorted(usernames), "text")
    found: dict[str, list[int]] = {}
    for name, blog in database.rows(
        f"SELECT username, blog.id FROM {USERS} JOIN analytics_blog AS blog ON author_id = {USERS}.id WHERE {wanted}",
        params,
    ):
        found.setdefault(name, []).append(blog)
    return {name: np.array(sorted(ids), np.int64) for name, ids in found.items()}


def authors_of(ids: Ints, version: str) -> Ints:
    """Return the author of each blog for this version of the labels; 0 for a deleted blog."""
    return looked_up(*_authors(version), ids)


@lru_cache(maxsize=1)
def _authors(version: str) -> tuple[Ints, Ints]:
    """Return the ids of all blogs, ascending, and the author of each. This is cached until a label changes: 16 bytes a
    blog."""
    blogs, authors = database.columns(("id", "author_id"), "(SELECT id, author_id FROM analytics_blog) AS blog")
    order = np.argsort(blogs, kind="stable")
    return blogs[order], authors[order]


def usernames(keys: Collection[int], version: str) -> dict[int, str]:
    """Return the names of authors by id, for this version of the labels. They are remembered until a label changes."""
    known = _known_usernames(version)
    found = {key: known[key] for key in keys if key in known}
    if missing := set(keys) - found.keys():
        wanted, params = database.one_of("id", missing)
        read = dict(database.rows(f"SELECT id, username FROM {USERS} WHERE {wanted}", params))
        if len(known) + len(read) <= MAX_REMEMBERED_USERNAMES:
            known.update(read)
        found |= read
    return found


@lru_cache(maxsize=1)
def _known_usernames(version: str) -> dict[int, str]:
    return {}


def titles(ids: Sequence[int]) -> dict[int, str]:
    """Return titles by blog. A deleted blog that purged views still count is named by its number."""
    wanted, params = database.one_of("id", ids)
    found = database.rows(f"SELECT id, title FROM analytics_blog WHERE {wanted}", params)
    return {id: f"Deleted blog {id}" for id in ids} | dict(found)


def kinds() -> dict[int, tuple[str, str]]:
    """Return the category and the name of each kind of event."""
    found = Kind.objects.values_list("id", "category", "name").order_by()
    return {key: (category, name) for key, category, name in found}


def sessions(ids: Sequence[int]) -> dict[int, str]:
    """Return the session ids that clients sent, by our id. A session that no longer exists is named by its number."""
    wanted, params = database.one_of("id", ids)
    found = database.rows(f"SELECT id, name FROM analytics_session WHERE {wanted}", params)
    return {id: f"Deleted session {id}" for id in ids} | dict(found)


def created(span: Span, zone: Zone) -> tuple[Ints, Ints]:
    """Return the blogs created in a span of days of a zone, and the day of each as its number since 1970."""
    blogs, seconds = database.columns(
        ("id", "second"),
        f"(SELECT id, {database.epoch_seconds('created_at')} AS second FROM analytics_blog "
        "WHERE created_at >= %s AND created_at < %s) AS blog",
        [database.time_bound(EPOCH + timedelta(microseconds=moment)) for moment in zone.utc_span(span)],
    )
    return blogs, zone.local_days(seconds * SECOND)
