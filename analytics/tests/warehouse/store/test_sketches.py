"""Distinct blogs are estimated from HyperLogLog sketches where possible, and the answer says so. Without a sketch they
are counted exactly."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django_redis import get_redis_connection

from analytics.models import Blog, BlogView, Country
from analytics.warehouse.flow import roll_up
from analytics.warehouse.flow.ask import ask_uncached
from tally.query import By, Query
from tally.span import Grain, Span

pytestmark = [pytest.mark.redis, pytest.mark.django_db(transaction=True)]

FEBRUARY = Span(datetime(2024, 1, 30).date(), datetime(2024, 3, 3).date())
BY_COUNTRY, BY_PERIOD = Query(By.COUNTRY, FEBRUARY), Query(By.PERIOD, FEBRUARY)
NOW = datetime(2024, 4, 1, tzinfo=UTC)


@pytest.fixture
def redis(settings):
    settings.IDEEZA_USE_HLL = True
    client = get_redis_connection("default")
    cache.clear()
    client.flushdb()
    yield client
    client.flushdb()


@pytest.fixture
def viewed(redis):
    """Create three hundred blogs, each viewed on three days of the span in each of two countries."""
    author = User.objects.create(username="ann")
    countries = [Country.objects.create(code=code, name=code) for code in ("DE", "US")]
    blogs = Blog.objects.bulk_create(Blog(title=str(n), author=author) for n in range(300))
    first = datetime(2024, 1, 31, tzinfo=UTC)
    BlogView.objects.bulk_create(
        BlogView(blog=blog, country=country, timestamp=first + timedelta(days=(n + step) % 31))
        for n, blog in enumerate(blogs)
        for country in countries
        for step in (0, 7, 15)
    )
    list(roll_up.roll_up(roll_up.pending_days(), NOW))
    return redis


def test_distinct_blogs_are_near_and_views_exact_and_the_answer_says_so(viewed, settings):
    answer = ask_uncached(BY_COUNTRY)
    assert answer.distinct == "approximate; standard error 0.81%"
    assert [(line.label, line.total) for line in answer.lines] == [("DE", 900), ("US", 900)]
    assert all(285 <= line.distinct <= 315 for line in answer.lines)
    settings.IDEEZA_USE_HLL = False
    exact = ask_uncached(BY_COUNTRY)
    assert (exact.distinct, [line.distinct for line in exact.lines]) == ("exact", [300, 300])


def test_a_time_series_is_estimated_too(viewed):
    answer = ask_uncached(Query(By.PERIOD, FEBRUARY, grain=Grain.YEAR))
    assert answer.distinct.startswith("approximate")
    (year,) = answer.lines
    assert (year.total, 285 <= year.distinct <= 315) == (1800, True)


@pytest.mark.parametrize("changes", [True, False])
def test_a_month_that_ends_is_sketched_whether_or_not_anything_changes(viewed, changes):
    view = BlogView.objects.filter(timestamp__lt=datetime(2024, 2, 1, tzinfo=UTC)).first()
    list(roll_up.roll_up(roll_up.all_days(), datetime(2024, 2, 29, 12, tzinfo=UTC)))
    if changes:
        BlogView.objects.create(blog=view.blog, country=view.country, timestamp=datetime(2024, 3, 1, tzinfo=UTC))
    list(roll_up.roll_up(roll_up.pending_days(), datetime(2024, 3, 1, 12, tzinfo=UTC)))
    assert ask_uncached(BY_COUNTRY).distinct.startswith("approximate")


def test_blogs_that_are_filtered_or_ranked_are_counted_exactly(viewed):
    assert ask_uncached(Query(By.BLOG, FEBRUARY, limit=3)).distinct == "exact"
    assert ask_uncached(Query(By.AUTHOR, FEBRUARY)).distinct == "exact"


@pytest.mark.parametrize(
    "harm",
    [
        lambda redis: redis.flushdb(),
        lambda redis: redis.delete(next(redis.scan_iter("*:sketch:3:2024-02-01:[0-9]*"))),
        lambda redis: [redis.set(key, "garbage") for key in redis.scan_iter("*:sketch:*")],
        lambda redis: [redis.delete(key) or redis.rpush(key, "a") for key in redis.scan_iter("*:sketch:*")],
    ],
    ids=["flushed", "one missing", "garbage", "of another type"],
)
def test_without_every_sketch_the_answer_is_exact(viewed, harm):
    harm(viewed)
    answer = ask_uncached(BY_COUNTRY)
    assert (answer.distinct, [line.distinct for line in answer.lines]) == ("exact", [300, 300])


def test_a_row_written_again_has_a_sketch_of_its_own_and_the_old_one_is_gone(viewed):
    before = set(viewed.scan_iter("*:sketch:*"))
    BlogView.objects.filter(blog__title__lt="2", country__code="DE").delete()
    list(roll_up.roll_up(roll_up.pending_days(), NOW))
    after = set(viewed.scan_iter("*:sketch:*"))
    assert 0.9 * len(before) <= len(after) <= len(before)
    assert not before & after
    answer = ask_uncached(BY_COUNTRY)
    assert answer.distinct.startswith("approximate")
    exact = Blog.objects.filter(views__country__code="DE").distinct().count()
    germany = next(line for line in answer.lines if line.label == "DE")
    assert abs(germany.distinct - exact) <= 0.05 * exact


def test_a_preview_writes_no_sketch(redis):
    blog = Blog.objects.create(title="x", author=User.objects.create(username="ann"))
    BlogView.objects.create(blog=blog, timestamp=NOW)
    list(roll_up.preview(roll_up.pending_days()))
    assert list(redis.scan_iter("*")) == []
