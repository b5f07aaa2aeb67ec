"""Generate blogs, authors and views for trials; the same `SampleSpec` gives the same data, to the second.

The data resemble real ones: few blogs and few countries get most of the views (Zipf), weekends and nights are quieter,
there is growth and there are good days and bad ones, no blog is viewed before it is written, and some views come from
an unknown country. `sample_contexts` says where readers come from and who they are.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple

import iso3166
import numpy as np
from numpy.typing import NDArray

from analytics.sources import sample_contexts
from tally.counts import Ints

CHUNK_VIEWS = 250_000
HOUR_SECONDS = 3600
SECOND = 1_000_000
EPOCH = date(1970, 1, 1)
ZIPF_EXPONENT = 1.05
UNKNOWN_COUNTRY_SHARE = 0.03
"""The share of views without a country."""
SIGNED_IN_SHARE = 0.1
"""The share of views by a signed-in viewer."""
OLD_BLOG_SHARE = 0.5
"""The share of blogs written before the first view, in a period as long as that of the views."""
GROWTH_RATIO = 1.6
"""The ratio of the views a day at the end to those at the start."""
DAILY_NOISE = 0.15
WEEKDAY_WEIGHTS = np.array([1.0, 1.05, 1.06, 1.03, 0.95, 0.7, 0.75])
HOUR_WEIGHTS = np.array([3, 2, 1, 1, 1, 2, 3, 5, 8, 10, 11, 11, 10, 10, 10, 10, 9, 9, 9, 9, 10, 9, 7, 5], float)


def _words(text: str, between: str | None = None) -> list[str]:
    return text.split(between)


BIG_COUNTRIES = _words("US IN GB DE BR FR CA JP ES IT AU NL MX PL ID TR SE UA CH AR KR VN PH ZA BE NO DK AT PT CZ")
COUNTRIES = [*BIG_COUNTRIES, *sorted(iso3166.countries_by_alpha2.keys() - set(BIG_COUNTRIES))][:200]
FIRST_NAMES = _words(
    "anna ben carla david elena felix greta hugo ines jan katya leo maria nils olga paul rosa sam tara yusuf"
)
LAST_NAMES = _words("berg costa diaz evans fischer garcia haas ito jensen kim lopez maier novak okafor patel rossi")
OPENINGS = _words("Notes on|A week with|Getting started with|The trouble with|What I learned from|In defence of", "|")
TOPICS = _words(
    "PostgreSQL|slow bread|city trees|night trains|unit tests|old maps|typography|log files|stairs|tea", "|"
)


class SampleSpec(NamedTuple):
    """The sample data to generate: a number of views, on a number of days up to and including the whole of `until`."""

    views: int
    days: int
    blogs: int
    authors: int
    seed: int
    until: date


class SampleBlog(NamedTuple):
    title: str
    url: str
    author: str
    created: int
    """In microseconds since 1970."""


class SampleChunk(NamedTuple):
    """Views in order of time: places in the lists of blogs, countries and authors, -1 for none, microseconds, codes of
    contexts, and visitors."""

    blogs: Ints
    countries: Ints
    viewers: Ints
    times: Ints
    contexts: Ints
    visitors: Ints


@dataclass(frozen=True)
class SampleData:
    """The sample data generated for one `SampleSpec`."""

    spec: SampleSpec

    @property
    def _start(self) -> int:
        """Return the first second of the views."""
        first = self.spec.until - timedelta(days=self.spec.days - 1)
        return (first - EPOCH).days * 24 * HOUR_SECONDS

    @cached_property
    def authors(self) -> list[str]:
        """
        >>> SampleData(SampleSpec(0, 1, 0, 2, 7, date(2024, 1, 1))).authors
        ['anna.berg', 'ben.berg']
        """
        return [_name(number) for number in range(self.spec.authors)]

    @cached_property
    def blogs(self) -> list[SampleBlog]:
        """Return the blogs in the order in which they were written."""
        writers = _pick(self._random("authors"), _zipf(self.spec.authors), self.spec.blogs)
        return [
            SampleBlog(_title(number), f"blog.example/{number + 1}", self.authors[writer], int(second) * SECOND)
            for number, (writer, second) in enumerate(zip(writers, self._written_seconds, strict=True))
        ]

    @cached_property
    def _written_seconds(self) -> Ints:
        """Return the seconds in which the blogs are written; the first blog is written before the first view."""
        random, length = self._random("written"), self.spec.days * 24 * HOUR_SECONDS
        old = max(1, int(self.spec.blogs * OLD_BLOG_SHARE))
        before = self._start - 1 - random.integers(0, length, old)
        during = self._start + random.integers(0, length, max(0, self.spec.blogs - old))
        written: Ints = np.maximum(0, np.sort(np.concatenate([before, during])))[: self.spec.blogs]
        return written

    def views(self) -> Iterator[SampleChunk]:
        """Yield the views in order of time, in chunks of some hundred thousand."""
        random, counts = self._random("views"), self._views_by_hour()
        readers, languages = self._random("readers"), sample_contexts.language_places(COUNTRIES)
        shares = np.append(_zipf(len(COUNTRIES)), UNKNOWN_COUNTRY_SHARE)
        pool = shares * (self.spec.views / sample_contexts.VIEWS_PER_VISITOR)
        popularity = np.cumsum(self._random("popularity").permutation(_zipf(self.spec.blogs)))
        for first, last in _chunks(counts):
            hours = np.repeat(np.arange(first, last), counts[first:last])
            seconds = np.sort(self._start + hours * HOUR_SECONDS + random.integers(0, HOUR_SECONDS, hours.size))
            written = np.searchsorted(self._written_seconds, seconds, "right") - 1
            blogs = np.searchsorted(popularity, random.random(hours.size) * popularity[written], "right")
            countries = _with_absent(random, UNKNOWN_COUNTRY_SHARE, _pick(random, _zipf(len(COUNTRIES)), hours.size))
            viewers = _with_absent(random, 1 - SIGNED_IN_SHARE, random.integers(0, self.spec.authors, hours.size))
            visitors = sample_contexts.visitors(readers, countries, viewers, pool)
            contexts = sample_contexts.contexts(readers, visitors, languages[countries])
            yield SampleChunk(np.minimum(blogs, written), countries, viewers, seconds * SECOND, contexts, visitors)

    def _views_by_hour(self) -> Ints:
        random, days = self._random("rhythm"), np.arange(self.spec.days)
        weekday = (self._start // (24 * HOUR_SECONDS) + 3 + days) % 7
        growth = np.linspace(1, GROWTH_RATIO, self.spec.days)
        by_day = WEEKDAY_WEIGHTS[weekday] * growth * random.lognormal(0, DAILY_NOISE, self.spec.days)
        by_hour = np.outer(by_day, HOUR_WEIGHTS).ravel()
        return random.multinomial(self.spec.views, by_hour / by_hour.sum())

    def _random(self, purpose: str) -> np.random.Generator:
        """Return a random generator for one purpose, so that more of one thing leaves the others unchanged."""
        return np.random.default_rng([self.spec.seed, *purpose.encode()])


def _zipf(count: int) -> NDArray[np.float64]:
    weights = 1 / np.arange(1, count + 1) ** ZIPF_EXPONENT
    shares: NDArray[np.float64] = weights / weights.sum()
    return shares


def _pick(random: np.random.Generator, weights: NDArray[np.float64], count: int) -> Ints:
    return np.minimum(np.searchsorted(np.cumsum(weights), random.random(count), "right"), len(weights) - 1)


def _with_absent(random: np.random.Generator, absent: float, values: Ints) -> Ints:
    """Return the values, with the share `absent` of them replaced by -1."""
    return np.where(random.random(values.size) < absent, -1, values)


def _chunks(counts: Ints) -> Iterator[tuple[int, int]]:
    """Yield the ranges of neighbouring hours that have about CHUNK_VIEWS views together.

    >>> list(_chunks(np.array([1, CHUNK_VIEWS, 3])))
    [(0, 2), (2, 3)]
    """
    first = 0
    for last in np.flatnonzero(np.diff(np.cumsum(counts) // CHUNK_VIEWS)) + 2:
        yield first, int(last)
        first = int(last)
    if first < counts.size:
        yield first, counts.size


def _name(number: int) -> str:
    """
    >>> _name(0), _name(21), _name(320)
    ('anna.berg', 'ben.costa', 'anna.berg2')
    """
    number, first = divmod(number, len(FIRST_NAMES))
    again, last = divmod(number, len(LAST_NAMES))
    return f"{FIRST_NAMES[first]}.{LAST_NAMES[last]}{again + 1 if again else ''}"


def _title(number: int) -> str:
    """
    >>> _title(0), _title(61)
    ('Notes on PostgreSQL', 'A week with slow bread, part 2')
    """
    part = number // (len(OPENINGS) * len(TOPICS)) + 1
    named = f"{OPENINGS[number % len(OPENINGS)]} {TOPICS[number % len(TOPICS)]}"
    return named if part == 1 else f"{named}, part {part}"
