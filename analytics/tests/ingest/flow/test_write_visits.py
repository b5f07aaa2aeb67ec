"""A visit is stored with its site, its page and its blog view."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from analytics.models import (
    Blog,
    BlogView,
    Heartbeat,
    Page,
    Site,
    Visit,
)
from analytics.sources.messages.page_visits import PageVisit
from analytics.tests.visit_factory import HOST, START, after, store_visits, visit

pytestmark = pytest.mark.django_db


def test_a_visit_creates_its_site_and_its_page_once():
    store_visits([visit("/a", 1), visit("/a", 2)])
    store_visits([visit("/a", 1), visit("/b", 1)])
    assert list(Site.objects.values_list("host", flat=True)) == [HOST]
    assert hits() == {"/a": 3, "/b": 1}


def test_two_pages_may_share_a_title_and_a_page_takes_the_last_one_sent():
    store_visits([visit("/a", 1, subject="Same"), visit("/b", 1, subject="Same")])
    store_visits([visit("/b", 1, subject="Other"), visit("/a", 1, subject="")])
    assert dict(Page.objects.values_list("path", "subject")) == {"/a": "Same", "/b": "Other"}


def test_the_same_path_on_two_sites_is_two_pages():
    store_visits([visit("/a", 1), visit("/a", 1, host="other.org")])
    assert Page.objects.count() == 2


def test_a_heartbeat_is_no_hit():
    store_visits([visit("/a", 1)])
    assert store_visits([visit("/a", 1, 15, is_beat=True)]) == []
    assert (Visit.objects.count(), Heartbeat.objects.count(), hits()) == (1, 2, {"/a": 1})


def test_a_visit_keeps_the_address_and_the_agent_of_its_client():
    (number,) = store_visits([visit("/a", 7, 1.25, address=bytes([192, 0, 2, 0]), agent="Firefox" * 100)])
    stored = Visit.objects.get(id=number)
    assert (stored.ip_address, stored.at, stored.visitor) == ("192.0.2.0", after(1.25), 7)
    assert stored.user_agent == ("Firefox" * 100)[:400]


def test_a_visit_needs_neither_an_address_nor_an_agent():
    (number,) = store_visits([visit("/a", 7)])
    stored = Visit.objects.get(id=number)
    assert (stored.ip_address, stored.user_agent) == (None, "")


@pytest.fixture
def blog(db):
    return Blog.objects.create(title="A", author=User.objects.create(username="ann"), url=f"{HOST}/a")


@pytest.mark.parametrize("path", ["/a", f"https://{HOST}/a?utm_source=x", "//a#top"])
def test_a_visit_of_a_page_that_is_a_blog_is_a_view_of_it(blog, path):
    store_visits([visit(path, 1, country="DE", address=bytes([192, 0, 2, 0]))])
    view = BlogView.objects.get()
    assert (view.blog, view.country.code, view.ip_address, view.timestamp) == (blog, "DE", "192.0.2.0", START)


def test_a_beat_and_a_page_that_is_no_blog_are_no_views(blog):
    store_visits([visit("/a", 1, is_beat=True), visit("/b", 1), visit("/a", 1, host="other.org")])
    assert not BlogView.objects.exists()


def test_a_path_that_no_url_can_have_is_a_page_all_the_same(blog):
    assert PageVisit("[", "http://[/a", "", 1, 0).url == ""
    store_visits([visit("http://[/a", 1)])
    assert hits() == {"http://[/a": 1}


def test_what_is_stored_can_be_logged_as_debugging_does(blog):
    with CaptureQueriesContext(connection) as logged:
        store_visits([visit("/a", 1, 0.25)])
    assert any("analytics_visit" in each["sql"] for each in logged.captured_queries)
    assert Visit.objects.get().at == after(0.25)


def hits() -> dict[str, int]:
    return dict(Page.objects.annotate(total=Sum("hits__hits")).values_list("path", "total"))
