"""Views with lifelike contexts and visitors. The same count gives the same views."""

from collections.abc import Iterator

import numpy as np

from analytics.datasets import ContextDimension
from analytics.models import Context, DimensionValue
from analytics.warehouse.store.bulk_blog_views import BlogViewColumns
from bench import data

CONTEXTS = 5_000
VALUES = {
    "source": 60,
    "medium": 6,
    "campaign": 200,
    "referrer": 300,
    "device": 4,
    "browser": 30,
    "os": 15,
    "language": 40,
}
VIEWS_A_VISITOR = 4


def value(dimension: str, number: int) -> str:
    return f"{dimension} {number}"


def create() -> list[Context]:
    """Add the values of each dimension, and contexts that combine them."""
    rng = np.random.default_rng(data.SEED)
    keys = {name: list(_keys(name)) for name in VALUES}
    drawn = {name: data.by_zipf(rng, VALUES[name] + 1, CONTEXTS) - 1 for name in VALUES}
    distinct = {tuple(keys[name][int(drawn[name][n])] for name in VALUES) for n in range(CONTEXTS)}
    return Context.objects.bulk_create(Context(**dict(zip(VALUES, row, strict=True))) for row in sorted(distinct))


def _keys(name: str) -> Iterator[int]:
    """Yield the key for what is not known, then one for each value, which is added."""
    yield 0
    dimension = ContextDimension[name.upper()]
    rows = [DimensionValue(dimension=dimension, value=value(name, number)) for number in range(VALUES[name])]
    yield from (row.id for row in DimensionValue.objects.bulk_create(rows))


def columns(count: int, contexts: list[Context]) -> BlogViewColumns:
    """Return so many views, without viewer and address."""
    rng = np.random.default_rng(data.SEED + 1)
    facts = data.facts(count)
    chosen = np.array([context.id for context in contexts], np.int64)[data.by_zipf(rng, len(contexts), count) - 1]
    people = rng.integers(-(2**63), 2**63 - 1, max(count // VIEWS_A_VISITOR, 1))
    visitors = people[data.by_zipf(rng, people.size, count) - 1]
    no_viewers = facts.blogs * 0
    return BlogViewColumns(facts.blogs, facts.countries, no_viewers, facts.times, contexts=chosen, visitors=visitors)
