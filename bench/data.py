"""The facts: views of blogs over two years. Popularity follows Zipf's law; the same count gives the same facts."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from tally.counts import Ints
from tally.span import Span

SPAN = Span(date(2024, 1, 1), date(2026, 1, 1))
COUNTRIES, BLOGS, AUTHORS = 200, 10_000, 500
UNKNOWN_SHARE = 0.02
SEED = 20
SECOND = 1_000_000
DAY = 86_400 * SECOND


@dataclass(frozen=True, slots=True)
class Facts:
    """Aligned columns, ordered by time: microseconds since 1970, country (0 for unknown) and blog."""

    times: Ints
    countries: Ints
    blogs: Ints


def facts(count: int) -> Facts:
    rng = np.random.default_rng(SEED)
    start, end = ((day - date(1970, 1, 1)).days * DAY for day in (SPAN.start, SPAN.end))
    countries = by_zipf(rng, COUNTRIES, count)
    countries[rng.random(count) < UNKNOWN_SHARE] = 0
    return Facts(np.sort(rng.integers(start, end, count)), countries, by_zipf(rng, BLOGS, count))


def by_zipf(rng: np.random.Generator, members: int, count: int) -> Ints:
    """Return `count` members from 1 to `members`. The most frequent is twice as frequent as the second, three times as
    frequent as the third, and so on; which member has which rank is random."""
    shares = np.cumsum(1 / np.arange(1, members + 1))
    ranks = np.searchsorted(shares, rng.random(count) * shares[-1], side="right")
    return (1 + rng.permutation(members))[ranks]


def authors(blogs: int = BLOGS) -> Ints:
    """Return the author, 1 to AUTHORS, of each blog from 1 on."""
    return np.random.default_rng(SEED).integers(1, AUTHORS + 1, blogs)


def author_with(views: int, found: Facts) -> int:
    """Return the author whose blogs have the number of views nearest to `views`."""
    totals = np.bincount(authors(), np.bincount(found.blogs, minlength=BLOGS + 1)[1:])
    return int(np.abs(totals[1:] - views).argmin()) + 1


def code(country: int) -> str:
    return f"C{country:03}"


def username(author: int) -> str:
    return f"author{author:03}"


def title(blog: int) -> str:
    """Return a title that sorts as the id does."""
    return f"Blog {blog:05}"
