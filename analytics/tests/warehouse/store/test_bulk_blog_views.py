"""Views written in bulk are what the ORM reads."""

from datetime import UTC, datetime
from ipaddress import ip_address

import numpy as np
import pytest
from django.contrib.auth import get_user_model

from analytics.datasets import VIEWS
from analytics.models import Blog, BlogView, Country
from analytics.warehouse.store import bulk_blog_views, stale_days
from analytics.warehouse.store.bulk_blog_views import BlogViewColumns
from tally.counts import int_array

SECOND = 1_000_000
pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return get_user_model().objects.create(username="ada")


@pytest.fixture
def blog(ada) -> Blog:
    return Blog.objects.create(title="A", author=ada)


def stored() -> list[tuple]:
    return list(
        BlogView.objects.order_by("id").values_list("blog_id", "country_id", "viewer_id", "ip_address", "timestamp")
    )


def test_every_mix_of_known_and_unknown_values_is_stored(blog, ada):
    germany = Country.objects.create(name="Germany", code="DE")
    known = [
        (country, viewer, address)
        for country in (germany.id, None)
        for viewer in (ada.id, None)
        for address in ("192.0.2.0", "2001:db8:1::", "0.0.0.0", None)
    ]
    countries, viewers, addresses = zip(*known, strict=True)
    bulk_blog_views.add(
        BlogViewColumns(
            int_array([blog.id] * len(known)),
            int_array(country or 0 for country in countries),
            int_array(viewer or 0 for viewer in viewers),
            int_array(1431857103 * SECOND + number for number in range(len(known))),
            [ip_address(address).packed if address else b"" for address in addresses],
        )
    )
    times = [datetime(2015, 5, 17, 10, 5, 3, number, tzinfo=UTC) for number in range(len(known))]
    assert stored() == [(blog.id, *row, time) for row, time in zip(known, times, strict=True)]


def test_views_without_addresses_have_none(blog):
    bulk_blog_views.add(BlogViewColumns(int_array([blog.id]), int_array([0]), int_array([0]), int_array([0])))
    assert stored() == [(blog.id, None, None, None, datetime(1970, 1, 1, tzinfo=UTC))]


def test_no_views_are_no_rows(db):
    bulk_blog_views.add(BlogViewColumns(*[int_array([])] * 4))
    assert stored() == []


def test_large_ids_stay_whole(ada):
    blog = Blog.objects.create(id=2**62 + 1, title="A", author=ada)
    bulk_blog_views.add(BlogViewColumns(int_array([blog.id]), int_array([0]), int_array([0]), int_array([0])))
    assert stored()[0][0] == 2**62 + 1


@pytest.mark.parametrize("size", [1, 3, 100])
def test_more_rows_than_a_batch_are_stored_complete_and_in_order(blog, monkeypatch, size):
    monkeypatch.setattr(bulk_blog_views, "ROWS_PER_BATCH", size)
    times = np.arange(10) * SECOND
    bulk_blog_views.add(
        BlogViewColumns(
            np.full(10, blog.id),
            int_array([0] * 10),
            int_array([0] * 10),
            times,
            [bytes([8, 8, 8, n]) for n in range(10)],
        )
    )
    assert [(row[3], row[4].second) for row in stored()] == [(f"8.8.8.{n}", n) for n in range(10)]


def test_the_days_written_to_are_stale(blog):
    bulk_blog_views.add(
        BlogViewColumns(
            int_array([blog.id] * 2), int_array([0] * 2), int_array([0] * 2), int_array([0, 86_400 * SECOND])
        )
    )
    assert [day.isoformat() for day in stale_days.stale_days(VIEWS)] == ["1970-01-01", "1970-01-02"]
