"""What keys are called: countries, blogs and authors. Small tables, looked up when a question is answered, so that a
blog given to another author is right at once."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
from django.contrib.auth import get_user_model

from analytics import database
from analytics.models import Blog, Country
from tally.blocks import UNKNOWN
from tally.counts import Ints
from tally.span import Span

NOBODY = 0
"""The author of a blog that is gone."""
UNKNOWN_LABEL = "Unknown"
"""What is called so: the unknown country, a country or an author that is gone while purged views still count it."""


def country_keys() -> dict[str | None, int]:
    """The key of each country by its code in capitals; of None, the unknown country's."""
    return {None: UNKNOWN, **{code.upper(): key for key, code in Country.objects.values_list("id", "code").order_by()}}


def country_codes() -> dict[int, str]:
    return dict(Country.objects.values_list("id", "code").order_by())


def blogs_of(usernames: Iterable[str]) -> dict[str, Ints]:
    """The blogs of each author who has any, ids ascending."""
    found: dict[str, list[int]] = {}
    wanted = Blog.objects.filter(author__username__in=set(usernames)).order_by("id")
    for name, blog in wanted.values_list("author__username", "id"):
        found.setdefault(name, []).append(blog)
    return {name: np.array(ids, np.int64) for name, ids in found.items()}


def authors_of(ids: Ints, version: str) -> Ints:
    """The author of each blog, NOBODY where the blog is gone, as of this version of the names."""
    blogs, authors = _authors(version)
    if not blogs.size:
        return np.full_like(ids, NOBODY)
    places = np.minimum(np.searchsorted(blogs, ids), blogs.size - 1)
    return np.where(blogs[places] == ids, authors[places], NOBODY)


@lru_cache(maxsize=1)
def _authors(version: str) -> tuple[Ints, Ints]:
    """Blogs, ascending, and the author of each. Kept while no name has changed: 16 bytes a blog."""
    blogs, authors = database.columns(("id", "author_id"), "(SELECT id, author_id FROM analytics_blog) AS blog")
    order = np.argsort(blogs, kind="stable")
    return blogs[order], authors[order]


def usernames(keys: Iterable[int]) -> dict[int, str]:
    listed = ", ".join(str(int(key)) for key in keys)
    table = get_user_model()._meta.db_table
    return dict(database.rows(f"SELECT id, username FROM {table} WHERE id IN ({listed})")) if listed else {}


def titles(ids: Sequence[int]) -> dict[int, str]:
    """Titles by blog. A blog that is gone while purged views still count it is called by its number."""
    return {id: f"Deleted blog {id}" for id in ids} | dict(
        Blog.objects.filter(id__in=ids).values_list("id", "title").order_by()
    )


def created(span: Span) -> tuple[Ints, list[str]]:
    """The blogs created in a span, and the day each was, oldest first."""
    found = database.rows(
        "SELECT id, created_at FROM analytics_blog WHERE created_at >= %s AND created_at < %s ORDER BY 2, 1",
        [database.midnight(span.start), database.midnight(span.end)],
    )
    return np.array([id for id, _ in found], np.int64), [database.as_time(when).date() for _, when in found]
