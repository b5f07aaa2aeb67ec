"""What keys are called: countries, blogs and authors; kinds of events, and sessions. Looked up when a question is
answered, so that a blog given to another author is right at once."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
from django.contrib.auth import get_user_model

from analytics import database
from analytics.models import Country, Kind
from tally.columns import UNKNOWN_GROUP
from tally.counts import Ints
from tally.span import Span

NO_AUTHOR = 0
"""The author of a blog that is gone."""
USERS = get_user_model()._meta.db_table
CREATED = {
    "postgresql": "(created_at AT TIME ZONE 'UTC')::date - DATE '1970-01-01'",
    "sqlite": "CAST(julianday(substr(created_at, 1, 10)) - 2440587.5 AS INTEGER)",
}
UNKNOWN_LABEL = "Unknown"
"""What is called so: the unknown country, a country or an author that is gone while purged views still count it."""


def country_keys() -> dict[str | None, int]:
    """The key of each country by its code in capitals; of None, the unknown country's."""
    return {
        None: UNKNOWN_GROUP,
        **{code.upper(): key for key, code in Country.objects.values_list("id", "code").order_by()},
    }


def country_codes() -> dict[int, str]:
    return dict(Country.objects.values_list("id", "code").order_by())


def blogs_of(usernames: Iterable[str]) -> dict[str, Ints]:
    """The blogs of each author who has any, ids ascending."""
    wanted, params = database.one_of("username", sorted(usernames))
    found: dict[str, list[int]] = {}
    for name, blog in database.rows(
        f"SELECT username, blog.id FROM {USERS} JOIN analytics_blog AS blog ON author_id = {USERS}.id WHERE {wanted}",
        params,
    ):
        found.setdefault(name, []).append(blog)
    return {name: np.array(sorted(ids), np.int64) for name, ids in found.items()}


def authors_of(ids: Ints, version: str) -> Ints:
    """The author of each blog, NOBODY where the blog is gone, as of this version of the names."""
    blogs, authors = _authors(version)
    if not blogs.size:
        return np.full_like(ids, NO_AUTHOR)
    places = np.minimum(np.searchsorted(blogs, ids), blogs.size - 1)
    return np.where(blogs[places] == ids, authors[places], NO_AUTHOR)


@lru_cache(maxsize=1)
def _authors(version: str) -> tuple[Ints, Ints]:
    """Blogs, ascending, and the author of each. Kept while no name has changed: 16 bytes a blog."""
    blogs, authors = database.columns(("id", "author_id"), "(SELECT id, author_id FROM analytics_blog) AS blog")
    order = np.argsort(blogs, kind="stable")
    return blogs[order], authors[order]


def usernames(keys: Iterable[int]) -> dict[int, str]:
    wanted, params = database.one_of("id", keys)
    return dict(database.rows(f"SELECT id, username FROM {USERS} WHERE {wanted}", params))


def titles(ids: Sequence[int]) -> dict[int, str]:
    """Titles by blog. A blog that is gone while purged views still count it is called by its number."""
    wanted, params = database.one_of("id", ids)
    found = database.rows(f"SELECT id, title FROM analytics_blog WHERE {wanted}", params)
    return {id: f"Deleted blog {id}" for id in ids} | dict(found)


def kinds() -> dict[int, tuple[str, str]]:
    """The category and the name of each kind of event."""
    found = Kind.objects.values_list("id", "category", "name").order_by()
    return {key: (category, name) for key, category, name in found}


def sessions(ids: Sequence[int]) -> dict[int, str]:
    """The ids that clients gave, by session. A row stays as long as a summary names it; should one be gone all the
    same, it is called by its number."""
    wanted, params = database.one_of("id", ids)
    found = database.rows(f"SELECT id, name FROM analytics_session WHERE {wanted}", params)
    return {id: f"Deleted session {id}" for id in ids} | dict(found)


def created(span: Span) -> tuple[Ints, Ints]:
    """The blogs created in a span, and the day of each as its number since 1970."""
    blogs, days = database.columns(
        ("id", "day"),
        f"(SELECT id, {CREATED[database.vendor()]} AS day FROM analytics_blog "
        "WHERE created_at >= %s AND created_at < %s) AS blog",
        [database.midnight(span.start), database.midnight(span.end)],
    )
    return blogs, days
