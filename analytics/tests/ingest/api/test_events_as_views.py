"""Page view events of a blog are also blog views."""

import pytest

from analytics.models import BlogView, BotHits, Event, Visit
from analytics.tests.ingest.api.test_blog_views import GOOGLEBOT, views

pytestmark = pytest.mark.django_db


PAGE_VIEW = {
    "session_id": "s",
    "category": "page interaction",
    "name": "pageview",
    "data": {"host": "own.example", "path": "/hello"},
    "timestamp": "2021-01-01T00:00:00Z",
}


def test_a_page_view_of_a_blog_is_a_view_of_it(post, blog):
    assert post(PAGE_VIEW, "/events/").status_code == 201
    assert views() == [("Hello", None, None)]
    assert BlogView.objects.get().timestamp == Event.objects.get().timestamp


@pytest.mark.parametrize("path", ["//%68ello", "/x/../hello?q#top", "HTTPS://OWN.example.:443/hello"])
def test_a_page_view_is_of_the_same_page_however_its_url_is_spelled(post, blog, path):
    assert post({**PAGE_VIEW, "data": {"host": "Own.Example:80", "path": path}}, "/events/").status_code == 201
    assert views() == [("Hello", None, None)]
    assert Visit.objects.get().page.path == "/hello"


def test_a_page_view_is_a_visit_of_its_page(post, blog):
    for _ in range(2):
        post({**PAGE_VIEW, "data": {**PAGE_VIEW["data"], "title": "Hello"}}, "/events/")
    visit = Visit.objects.select_related("page__site").get()
    assert (visit.page.site.host, visit.page.path, visit.page.subject) == ("own.example", "/hello", "Hello")
    assert visit.at == Event.objects.get().timestamp
    assert len(views()) == 1


def test_a_page_view_of_a_host_with_too_long_a_name_is_an_event_alone(post, blog):
    assert post({**PAGE_VIEW, "data": {"host": "h" * 254, "path": "/"}}, "/events/").status_code == 201
    assert not Visit.objects.exists()


def test_a_page_view_that_is_sent_again_is_no_second_view(post, blog):
    for url in ("/events/", "/eye"):
        post(PAGE_VIEW, url)
        post([PAGE_VIEW, PAGE_VIEW], "/events/")
    assert len(views()) == 1


def test_the_address_is_that_of_the_visitor_if_a_page_sends_and_unknown_if_a_server_does(post, blog):
    post(PAGE_VIEW, "/events/", Origin="https://own.example")
    post({**PAGE_VIEW, "session_id": "t"}, "/events/")
    post({**PAGE_VIEW, "session_id": "u", "data": {**PAGE_VIEW["data"], "country_code": "fr"}}, "/events/")
    assert [country for _, country, _ in views()] == ["US", None, "FR"]


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "cta click"},
        {"data": {"host": "own.example", "path": "/other"}},
        {"data": {"host": "own.example"}},
        {"data": {"host": 7, "path": "/hello"}},
        {"data": {"host": "http://[", "path": "/hello"}},
        {"data": {"host": "own.example", "path": "hello"}},
    ],
)
def test_other_events_are_no_views(post, blog, changed):
    assert post({**PAGE_VIEW, **changed}, "/events/").status_code == 201
    assert views() == []


def test_a_page_view_by_a_bot_is_an_event_and_no_view(post, blog):
    assert post(PAGE_VIEW, "/events/", **{"User-Agent": GOOGLEBOT}).status_code == 201
    assert (views(), BotHits.objects.get().hits) == ([], 1)
