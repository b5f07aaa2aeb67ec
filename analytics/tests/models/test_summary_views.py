"""The SQL views for reports say what the facts say."""

from collections import Counter
from datetime import UTC, date, datetime

import pytest
from django.contrib.auth.models import User
from django.db import connection

from analytics.datasets import EVENTS, ContextDimension
from analytics.models import Blog, BlogView, Context, Country, DimensionValue
from analytics.tests.event_factory import add_events
from analytics.warehouse.flow import roll_up

NOW = datetime(2024, 3, 5, tzinfo=UTC)


@pytest.fixture
def viewed(db, settings):
    """Views of two days by country and device, also where one or both are unknown."""
    settings.IDEEZA_ROLLUPS = [("country",), ("device",), ("hour",), ("country", "device")]
    author, germany = User.objects.create(username="ann"), Country.objects.create(code="DE", name="Germany")
    blogs = [Blog.objects.create(id=number, title="x", author=author) for number in (7, 300, 70_000)]
    phone = DimensionValue.objects.create(dimension=ContextDimension.DEVICE, value="mobile").id
    mobile = Context.objects.create(device=phone)
    for number in range(40):
        BlogView.objects.create(
            blog=blogs[number % 3],
            country=germany if number % 2 else None,
            context=mobile if number % 5 else None,
            timestamp=datetime(2024, 3, 1 + number % 2, number % 24, 59, tzinfo=UTC),
        )
    list(roll_up.roll_up(roll_up.pending_days(), NOW))


def rows(sql, *params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def day_of(found):
    return date.fromisoformat(found) if isinstance(found, str) else found


def plain(view):
    return {
        "total": (None, None),
        "country": (view.country and view.country.code, None),
        "device": ("mobile" if view.context_id else None, None),
        "hour": (str(view.timestamp.hour), None),
        "country+device": (view.country and view.country.code, "mobile" if view.context_id else None),
    }


def test_views_by_day_hold_the_totals_of_every_roll_up(viewed):
    totals, blogs = Counter(), {}
    for view in BlogView.objects.select_related("country"):
        for dimensions, values in plain(view).items():
            key = (view.timestamp.date(), dimensions, *values)
            totals[key] += 1
            blogs.setdefault(key, set()).add(view.blog_id)
    found = rows(
        "SELECT day, dimensions, value, second_value, views, blogs_of_this_day_alone, time_zone "
        "FROM analytics_views_by_day"
    )
    assert {(day_of(row[0]), *row[1:4]): row[4] for row in found} == totals
    assert {(day_of(row[0]), *row[1:4]): row[5] for row in found} == {key: len(own) for key, own in blogs.items()}
    assert {row[6] for row in found} == {"UTC"}


def test_events_by_day_hold_the_totals_of_every_kind(db):
    add_events("s1", "page/view", "2024-03-01T10:00", "2024-03-01T11:00")
    add_events("s2", "cta/click", "2024-03-01T10:00")
    list(roll_up.roll_up(roll_up.pending_days(dataset=EVENTS), NOW, EVENTS))
    found = rows("SELECT category, name, events, sessions_of_this_day_alone FROM analytics_events_by_day ORDER BY 1")
    assert [tuple(row) for row in found] == [("cta", "click", 1, 1), ("page", "view", 2, 1)]


@pytest.mark.postgres
@pytest.mark.parametrize("dimensions", ["total", "device", "country+device"])
def test_members_are_unpacked_on_postgres(viewed, dimensions):
    expected = Counter()
    for view in BlogView.objects.select_related("country").filter(timestamp__date=date(2024, 3, 1)):
        expected[date(2024, 3, 1), *plain(view)[dimensions], view.blog_id] += 1
    found = rows("SELECT * FROM analytics_views_by_blog('2024-03-01', '2024-03-01', %s)", dimensions)
    assert {tuple(row[:4]): row[4] for row in found} == expected
