"""Add sample views, to try things out and to measure."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np

from analytics import conf
from analytics.database import writing
from analytics.datasets import VIEWS
from analytics.models import Blog
from analytics.sources import sample_contexts
from analytics.sources.lookups import geoip
from analytics.sources.sample_data import COUNTRIES, SampleBlog, SampleChunk, SampleData, SampleSpec
from analytics.warehouse.store import bulk_blog_views, contexts, dimensions, facts
from analytics.warehouse.store.bulk_blog_views import BlogViewColumns
from analytics.warehouse.store.contexts import DayLimit
from tally.counts import Ints

MAX_VALUES = 10_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SampleIds(NamedTuple):
    """The ids of the sample's blogs, countries and authors. The last item of each array is 0, for none, and is found by
    the index -1."""

    blogs: Ints
    countries: Ints
    authors: Ints


def any_views() -> bool:
    return facts.any_facts(VIEWS)


def seed(wish: SampleSpec, progress: Callable[[int], object]) -> None:
    """Add the views of a sample in one transaction. Existing blogs, authors and countries are used again.

    `progress` is called with the number of views that each step adds.
    """
    world = SampleData(wish)
    with writing():
        ids = _ids(world)
        for chunk in world.views():
            bulk_blog_views.add(_views(chunk, ids, wish))
            progress(len(chunk.times))
    facts.index_new_facts(VIEWS)


def _ids(world: SampleData) -> SampleIds:
    countries = dimensions.get_or_create_countries({code: geoip.country_name(code) for code in COUNTRIES})
    authors = dimensions.get_or_create_people(world.authors)
    dimensions.add_blogs(_blog(blog, authors) for blog in world.blogs)
    blogs = dimensions.blogs([blog.url for blog in world.blogs])
    return SampleIds(
        _with_none([blogs[blog.url] for blog in world.blogs]),
        _with_none([countries[code] for code in COUNTRIES]),
        _with_none([authors[name] for name in world.authors]),
    )


def _with_none(ids: list[int]) -> Ints:
    return np.array([*ids, 0], np.int64)


def _blog(blog: SampleBlog, authors: dict[str, int]) -> Blog:
    created = EPOCH + timedelta(microseconds=blog.created)
    return Blog(title=blog.title, url=blog.url, author_id=authors[blog.author], created_at=created)


def _views(chunk: SampleChunk, ids: SampleIds, wish: SampleSpec) -> BlogViewColumns:
    return BlogViewColumns(
        ids.blogs[chunk.blogs],
        ids.countries[chunk.countries],
        ids.authors[chunk.viewers],
        chunk.times,
        contexts=_context_ids(chunk.contexts, wish),
        visitors=chunk.visitors if conf.visitors() else None,
    )


def _context_ids(codes: Ints, wish: SampleSpec) -> Ints:
    """Return the id of the context of each code. A sample has few values, so the limit of a day does not matter."""
    present = np.flatnonzero(np.bincount(codes, minlength=sample_contexts.CODES))
    named = [sample_contexts.context(code) for code in present.tolist()]
    found = contexts.get_or_create_current(set(named), DayLimit(wish.until, max(conf.new_values_a_day(), MAX_VALUES)))
    ids = np.zeros(sample_contexts.CODES, np.int64)
    ids[present] = [found[each].id if each in found else 0 for each in named]
    return ids[codes]


__all__ = ["SampleSpec", "any_views", "seed"]
