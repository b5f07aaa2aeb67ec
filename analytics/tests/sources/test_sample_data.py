"""Sample data look real, and are the same each time."""

from collections import Counter
from datetime import date

import numpy as np
import pytest

from analytics.sources import sample_contexts
from analytics.sources.sample_data import COUNTRIES, SECOND, SampleData, SampleSpec

SPEC = SampleSpec(views=20_000, days=70, blogs=40, authors=5, seed=1, until=date(2024, 3, 10))
DAY = 86_400 * SECOND


def views(spec: SampleSpec) -> list[np.ndarray]:
    return [np.concatenate(columns) for columns in zip(*SampleData(spec).views(), strict=True)]


def test_the_same_spec_gives_the_same_data():
    assert SampleData(SPEC).blogs == SampleData(SPEC).blogs
    assert all(np.array_equal(*columns) for columns in zip(views(SPEC), views(SPEC), strict=True))


def test_another_seed_gives_other_data():
    assert not np.array_equal(views(SPEC)[0], views(SPEC._replace(seed=2))[0])


@pytest.mark.parametrize(
    "spec",
    [SPEC, SPEC._replace(views=1, days=1, blogs=1, authors=1), SPEC._replace(blogs=1), SPEC._replace(days=2, views=7)],
)
def test_there_are_as_many_of_everything_as_specified(spec):
    data = SampleData(spec)
    assert (len(data.blogs), len(data.authors)) == (spec.blogs, spec.authors)
    assert len({blog.url for blog in data.blogs}) == spec.blogs
    blogs, countries, viewers, times, contexts, visitors = views(spec)
    assert {len(each) for each in (blogs, countries, viewers, times, contexts, visitors)} == {spec.views}
    assert 0 <= contexts.min() <= contexts.max() < sample_contexts.CODES
    assert 0 <= blogs.min() <= blogs.max() < spec.blogs
    assert -1 <= countries.min() <= countries.max() < len(COUNTRIES)
    assert -1 <= viewers.min() <= viewers.max() < spec.authors


def test_views_lie_in_the_specified_days_in_order_of_time():
    times = views(SPEC)[3]
    first, last = np.array([times[0], times[-1]]).astype("datetime64[us]").astype("datetime64[D]")
    assert (first, last) == (np.datetime64("2024-01-01"), np.datetime64("2024-03-10"))
    assert (np.diff(times) >= 0).all()
    assert len(np.unique(times // DAY)) == SPEC.days


def test_no_blog_is_viewed_before_it_is_created_and_some_are_created_during_the_period():
    blogs, _, _, times, *_ = views(SPEC)
    written = np.array([blog.created for blog in SampleData(SPEC).blogs])
    assert (written[blogs] <= times).all()
    assert (written > times[0]).any()


def test_few_blogs_and_countries_have_most_views_and_some_views_have_no_country():
    blogs, countries, *_ = views(SPEC)
    for places in (blogs, countries):
        counts = sorted(Counter(places.tolist()).values(), reverse=True)
        assert counts[0] > 10 * counts[len(counts) // 2]
    assert 0.02 < (countries == -1).mean() < 0.04


def test_weekends_and_nights_are_quieter():
    times = views(SPEC)[3] // SECOND
    by_weekday, by_hour = Counter((times // 86_400 + 3) % 7), Counter(times // 3_600 % 24)
    assert max(by_weekday[5], by_weekday[6]) < min(by_weekday[day] for day in range(4))
    assert by_hour[3] * 3 < by_hour[14]


def test_a_few_sources_bring_most_readers_and_many_come_directly():
    codes = views(SPEC)[4].tolist()
    sources = Counter(sample_contexts.context(code).source for code in codes)
    assert 0.3 < sources[""] / len(codes) < 0.4
    assert sources["Google"] > 3 * sources["Hacker News"] / 2 > 0
    assert 0.05 < sum(bool(sample_contexts.context(code).campaign) for code in codes) / len(codes) < 0.11


def test_the_language_is_mostly_that_of_the_country():
    _, countries, _, _, codes, _ = views(SPEC)
    german = [sample_contexts.context(code).language for code in codes[countries == COUNTRIES.index("DE")].tolist()]
    assert 0.7 < german.count("de") / len(german) < 0.95 and set(german) == {"de", "en"}


def test_visitors_come_back_with_the_same_device():
    *_, codes, visitors = views(SPEC)
    devices = {}
    for code, visitor in zip(codes.tolist(), visitors.tolist(), strict=True):
        found = sample_contexts.context(code)
        devices.setdefault(visitor, set()).add((found.device, found.browser, found.os))
    assert SPEC.views / 12 < len(devices) < SPEC.views / 2
    assert {len(each) for each in devices.values()} == {1}
