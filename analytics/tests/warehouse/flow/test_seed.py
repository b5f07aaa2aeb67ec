"""Seeding adds the specified views, all or none, the same each time."""

from datetime import date

import pytest
from django.contrib.auth import get_user_model

from analytics.datasets import VIEWS
from analytics.models import Blog, BlogView
from analytics.warehouse.flow.seed import SampleSpec, any_views, seed
from analytics.warehouse.store import bulk_blog_views, stale_days

SPEC = SampleSpec(views=500, days=10, blogs=8, authors=3, seed=1, until=date(2024, 3, 10))
pytestmark = pytest.mark.django_db


def facts() -> list[tuple]:
    names = ("blog__url", "blog__author__username", "country__code", "viewer__username", "timestamp", "visitor")
    names += ("context__source", "context__browser")
    return list(BlogView.objects.order_by("timestamp", "id").values_list(*names))


def test_the_specified_views_are_stored_and_their_days_are_stale():
    reported: list[int] = []
    assert not any_views()
    seed(SPEC, reported.append)
    assert any_views()
    assert (BlogView.objects.count(), Blog.objects.count(), get_user_model().objects.count()) == (500, 8, 3)
    assert sum(reported) == 500
    assert stale_days.stale_days(VIEWS)[-1] == SPEC.until


def test_the_same_spec_gives_the_same_facts():
    seed(SPEC, lambda views: None)
    first = facts()
    BlogView.objects.all().delete()
    seed(SPEC, lambda views: None)
    assert facts() == first


def test_seeding_more_uses_the_same_blogs_and_people():
    seed(SPEC, lambda views: None)
    seed(SPEC._replace(seed=2), lambda views: None)
    assert (BlogView.objects.count(), Blog.objects.count(), get_user_model().objects.count()) == (1000, 8, 3)


def test_seeding_that_fails_leaves_nothing(monkeypatch):
    def breaks_down(views):
        raise OSError("no space left")

    monkeypatch.setattr(bulk_blog_views, "add", breaks_down)
    with pytest.raises(OSError, match="no space"):
        seed(SPEC, lambda views: None)
    assert not Blog.objects.exists()


def test_views_have_contexts_and_visitors_who_come_back():
    seed(SPEC, lambda views: None)
    assert not BlogView.objects.filter(context=None).exists()
    assert 50 < BlogView.objects.values("visitor").distinct().count() < 400


def test_without_visitors_none_are_stored(settings):
    settings.IDEEZA_VISITORS = False
    seed(SPEC, lambda views: None)
    assert BlogView.objects.filter(visitor=None).count() == 500
