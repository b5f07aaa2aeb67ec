"""A page of a site with an owner becomes a blog when it is viewed, by whichever way the view arrives."""

import json
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User

from analytics import clock
from analytics.models import Blog, BlogView, DeadLetter, Site
from analytics.tests.management.commands.conftest import output_of
from analytics.warehouse.flow.ask import ask
from tally.query import By, Query

pytestmark = pytest.mark.django_db
PAGE = "shop.example/notes/1"


@pytest.fixture
def ann():
    return User.objects.create(username="ann")


@pytest.fixture
def site(ann):
    return Site.objects.create(host="shop.example", owner=ann)


def visit(client):
    return client.post("/api/visits/", {"domain": "shop.example", "path": "/notes/1", "subject": "On tea"})


def tracker_view(client):
    body = json.dumps({"domain": "shop.example", "path": "/notes/1", "subject": "On tea"})
    return client.post("/api/collect", body, "text/plain")


def page_view(client):
    data = {"host": "shop.example", "path": "/notes/1", "title": "On tea"}
    event = {"session_id": "s", "category": "page interaction", "name": "pageview", "data": data}
    return client.post("/events/", json.dumps(event), "application/json")


def view_by_url(client):
    return client.post("/api/analytics/views/", json.dumps({"url": f"https://{PAGE}"}), "application/json")


@pytest.mark.parametrize("send", [visit, tracker_view, page_view, view_by_url])
def test_a_page_that_nobody_knew_is_a_blog_with_its_first_view(client, site, send):
    assert send(client).status_code in (201, 202)
    (blog,) = Blog.objects.all()
    title = "/notes/1" if send is view_by_url else "On tea"
    assert (blog.url, blog.title, blog.author.username) == (PAGE, title, "ann")
    assert BlogView.objects.get().blog == blog
    assert send(client).status_code in (201, 202)
    assert Blog.objects.count() == 1
    output_of("precalculate_stats")
    assert [(line.label, line.total) for line in ask(Query(By.BLOG)).rows] == [(title, BlogView.objects.count())]


@pytest.mark.parametrize("send", [visit, tracker_view, page_view, view_by_url])
def test_pages_of_other_sites_become_no_blogs(client, ann, send):
    Site.objects.create(host="shop.example")
    Site.objects.create(host="example", owner=ann)
    send(client)
    assert not Blog.objects.exists()


def test_a_blog_is_as_old_as_its_first_view(client, site):
    views = [{"url": PAGE, "timestamp": f"2024-02-{day}T12:00:00Z"} for day in (29, 27, 28)]
    client.post("/api/analytics/views/", json.dumps(views), "application/json")
    assert Blog.objects.get().created_at == datetime(2024, 2, 27, 12, tzinfo=UTC)


def test_no_more_blogs_are_created_in_a_day_than_the_limit(client, site, settings, monkeypatch):
    settings.IDEEZA_BLOGS_A_DAY = 3

    def send(*numbers: int):
        views = [{"url": f"shop.example/{number}"} for number in numbers]
        return client.post("/api/analytics/views/", json.dumps(views), "application/json").json()["results"]

    settings.IDEEZA_BLOGS_A_DAY = 3
    assert send(0, 1) == ["stored", "stored"]
    assert send(4, 3, 2, 1, 0) == ["error", "error", "stored", "stored", "stored"]
    assert sorted(Blog.objects.values_list("url", flat=True)) == [f"shop.example/{number}" for number in range(3)]
    assert BlogView.objects.count() == 5 and not DeadLetter.objects.exists()
    tomorrow = clock.now_microseconds() + 86_400_000_000
    monkeypatch.setattr(clock, "now_microseconds", lambda: tomorrow)
    assert send(3, 4) == ["stored", "stored"]
