"""A country that is deleted counts as unknown, once, also if a view of it is written at the same time."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from analytics.models import Blog, BlogView, Country
from analytics.warehouse.flow import purge, roll_up
from analytics.warehouse.flow.ask import ask
from analytics.warehouse.flow.verify import verify
from tally.query import By, Query

pytestmark = pytest.mark.django_db
MOMENT = datetime(2024, 2, 29, 12, tzinfo=UTC)


@pytest.fixture
def views():
    """Three views of one blog: of Germany, of no country, and of a country that was deleted while it was written."""
    blog = Blog.objects.create(title="On engines", author=get_user_model().objects.create(username="ada"))
    germany, gone = (Country.objects.create(code=code, name=code) for code in ("DE", "XK"))
    countries = (germany.pk, None, gone.pk)
    gone.delete()
    BlogView.objects.bulk_create(BlogView(blog=blog, country_id=id, timestamp=MOMENT) for id in countries)


def rows() -> list[tuple[str, int, int]]:
    list(roll_up.roll_up(roll_up.pending_days(), timezone.now()))
    return [(line.label, line.distinct, line.total) for line in ask(Query(By.COUNTRY)).lines]


def test_the_unknown_country_is_one_row(views):
    assert rows() == [("Unknown", 1, 2), ("DE", 1, 1)]
    assert all(each.same for each in verify(roll_up.all_days()))


def test_it_stays_one_row_when_the_views_are_purged(views):
    rows()
    list(purge.purge([MOMENT.date()]))
    roll_up.make_stale([MOMENT.date()])
    assert rows() == [("Unknown", 1, 2), ("DE", 1, 1)]
