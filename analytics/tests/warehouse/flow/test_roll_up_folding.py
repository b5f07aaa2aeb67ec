"""Weeks, months and years are folded once they are over. Until then their days answer."""

from datetime import UTC, date, datetime

import pytest
from django.contrib.auth import get_user_model

from analytics import database
from analytics.models import Blog, BlogView, Summary
from analytics.warehouse.flow import roll_up
from analytics.warehouse.flow.ask import ask_uncached
from analytics.warehouse.flow.verify import verify
from tally.query import By, Query

pytestmark = pytest.mark.django_db
DAYS = [date(2023, 12, 30), date(2024, 1, 31), date(2024, 2, 1), date(2024, 2, 29)]


@pytest.fixture
def blog():
    return Blog.objects.create(title="On engines", author=get_user_model().objects.create(username="ada"))


@pytest.fixture(autouse=True)
def views(blog):
    BlogView.objects.bulk_create(BlogView(blog=blog, timestamp=at(day)) for day in DAYS)


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def run(on: date) -> set[tuple[str, date]]:
    """Roll up on a day; return the weeks, months and years that have a summary."""
    list(roll_up.roll_up(roll_up.pending_days(), at(on)))
    assert all(each.same for each in verify(roll_up.all_days()))
    assert [(line.distinct, line.total) for line in ask_uncached(Query(By.COUNTRY)).rows] == [
        (1, BlogView.objects.count())
    ]
    found = Summary.objects.filter(roll_up=0, grain__gt=1).values_list("grain", "start")
    return {({2: "week", 3: "month", 4: "year"}[grain], start) for grain, start in found}


YEAR_OVER = {("week", date(2023, 12, 25)), ("month", date(2023, 12, 1)), ("year", date(2023, 1, 1))}
JANUARY_OVER = YEAR_OVER | {("month", date(2024, 1, 1))}
FEBRUARY_OVER = JANUARY_OVER | {
    ("week", date(2024, 1, 29)),
    ("month", date(2024, 2, 1)),
}


def test_what_is_not_over_is_not_folded_and_a_later_run_folds_it():
    assert run(date(2024, 2, 4)) == JANUARY_OVER
    assert run(date(2024, 3, 1)) == FEBRUARY_OVER
    assert run(date(2024, 3, 3)) == FEBRUARY_OVER
    assert run(date(2024, 3, 4)) == FEBRUARY_OVER | {("week", date(2024, 2, 26))}
    assert ("year", date(2024, 1, 1)) not in run(date(2024, 12, 31))
    assert ("year", date(2024, 1, 1)) in run(date(2025, 1, 1))


def test_a_week_that_crosses_the_year_is_folded_when_it_ends():
    run(date(2023, 12, 31))
    assert ("week", date(2023, 12, 25)) in run(date(2024, 1, 2))


def test_a_late_fact_changes_the_buckets_that_are_over(blog):
    run(date(2024, 3, 1))
    BlogView.objects.create(blog=blog, timestamp=at(date(2024, 1, 31)))
    assert run(date(2024, 3, 1)) == FEBRUARY_OVER
    assert Summary.objects.get(grain=3, start=date(2024, 1, 1), roll_up=0).totals == [2]


def test_a_run_by_a_clock_that_is_ahead_is_undone_by_the_next_one():
    assert ("year", date(2024, 1, 1)) in run(date(2090, 1, 1))
    assert run(date(2024, 3, 1)) == FEBRUARY_OVER


def test_facts_of_the_distant_future_are_answered_from_their_days(blog, django_assert_max_num_queries):
    BlogView.objects.create(blog=blog, timestamp=at(date(2199, 12, 31)))
    assert run(date(2024, 3, 1)) == FEBRUARY_OVER
    with django_assert_max_num_queries(8):
        assert ask_uncached(Query(By.COUNTRY)).rows[0].total == 5


def test_a_stray_summary_of_a_week_that_is_not_over_is_found_and_removed():
    run(date(2024, 2, 29))
    week = Summary.objects.get(grain=2, start=date(2024, 1, 29), roll_up=0)
    database.execute("UPDATE analytics_summary SET start = '2024-02-26' WHERE grain = 2 AND start = %s", [week.start])
    wrong = [each.bucket.start for each in verify(roll_up.all_days()) if not each.same]
    assert wrong == [date(2024, 1, 29), date(2024, 2, 26)]
    roll_up.make_stale([date(2024, 1, 29), date(2024, 2, 26)])
    run(date(2024, 2, 29))
