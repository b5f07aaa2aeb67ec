"""Blog views over HTTP, and page views of The Eye that are views of blogs."""

import json

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from analytics.models import Blog, BlogView, BotHits, Event, Visit

GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"

pytestmark = pytest.mark.django_db


@pytest.fixture
def blog():
    ann = User.objects.create(username="ann")
    return Blog.objects.create(title="Hello", author=ann, url="own.example/hello")


@pytest.fixture
def post(client):
    def sent(what, url="/api/analytics/views/", peer="8.8.8.8", **headers):
        return client.post(url, json.dumps(what), content_type="application/json", headers=headers, REMOTE_ADDR=peer)

    return sent


def views():
    return list(BlogView.objects.order_by("id").values_list("blog__title", "country__code", "viewer__username"))


def test_a_view_is_stored_with_the_country_of_its_address(post, blog):
    response = post({"blog_id": blog.pk})
    assert (response.status_code, response.json()) == (201, {"result": "stored"})
    assert views() == [("Hello", "US", None)]
    assert BlogView.objects.get().ip_address == "8.8.8.0"


def test_a_view_may_say_all_there_is_to_say(post, blog):
    when = "2021-01-01T09:15:27.243860Z"
    told = {"url": "https://OWN.example/hello?x=1#y", "country_code": "de", "viewer": "ann", "timestamp": when}
    assert post(told).status_code == 201
    assert views() == [("Hello", "DE", "ann")]
    assert BlogView.objects.get().timestamp.isoformat() == "2021-01-01T09:15:27.243860+00:00"


def test_a_country_that_nobody_knows_is_unknown(post, blog):
    post({"blog_id": blog.pk, "viewer": "nobody"}, peer="10.0.0.1")
    assert views() == [("Hello", None, None)]


def test_with_a_view_id_a_view_is_stored_once(post, blog):
    view = {"blog_id": blog.pk, "view_id": "one"}
    assert [post(view).status_code for _ in range(3)] == [201, 200, 200]
    assert post([view, {**view, "view_id": "two"}, {**view, "view_id": "two"}]).json()["results"] == [
        "duplicate",
        "stored",
        "duplicate",
    ]
    assert len(views()) == 2


def test_without_one_each_view_counts(post, blog):
    assert post([{"blog_id": blog.pk}] * 3).json()["stored"] == 3


def test_each_view_of_a_list_has_its_result(post, blog):
    answer = post([{"blog_id": blog.pk}, {"blog_id": blog.pk + 1}, {"url": "own.example/none"}, 7]).json()
    assert answer["results"] == ["stored", "error", "error", "error"]
    assert answer["errors"] == [
        {"index": 1, "blog_id": ["There is no such blog."]},
        {"index": 2, "url": ["There is no such blog."]},
        {"index": 3, "non_field_errors": ["A view is a JSON object."]},
    ]


@pytest.mark.parametrize(
    "told, field",
    [
        ({}, "blog_id"),
        ({"blog_id": 1, "url": "own.example/hello"}, "blog_id"),
        ({"blog_id": "1"}, "blog_id"),
        ({"blog_id": 0}, "blog_id"),
        ({"blog_id": True}, "blog_id"),
        ({"blog_id": 2**63}, "blog_id"),
        ({"url": 7}, "url"),
        ({"url": ""}, "url"),
        ({"url": "http://[/"}, "url"),
        ({"url": "own.example/hello", "country_code": "XX"}, "country_code"),
        ({"url": "own.example/hello", "country_code": 49}, "country_code"),
        ({"url": "own.example/hello", "viewer": 7}, "viewer"),
        ({"url": "own.example/hello", "timestamp": "soon"}, "timestamp"),
        ({"url": "own.example/hello", "timestamp": "2190-01-01"}, "timestamp"),
        ({"url": "own.example/hello", "view_id": ""}, "view_id"),
        ({"url": "own.example/hello", "colour": "red"}, "colour"),
    ],
)
def test_what_is_wrong_is_named(post, blog, told, field):
    response = post(told)
    assert (response.status_code, set(response.json())) == (400, {field})
    assert views() == []


def test_a_thousand_views_are_the_most(post, blog):
    assert post([{"blog_id": blog.pk}] * 1001).status_code == 400
    assert post([{"blog_id": blog.pk}] * 1000).json()["stored"] == 1000


def test_bots_are_counted_apart(post, blog):
    response = post([{"blog_id": blog.pk}] * 2, **{"User-Agent": GOOGLEBOT})
    assert response.json()["results"] == ["bot", "bot"]
    post({"url": "own.example/hello"}, **{"User-Agent": GOOGLEBOT})
    assert views() == []
    assert list(BotHits.objects.values_list("domain", "hits")) == [("own.example", 3)]


def test_a_bound_key_tells_views_of_its_own_sites_only(post, blog, settings, capsys):
    settings.IDEEZA_API_OPEN = False
    for name, host in (("own", "own.example"), ("foreign", "foreign.example")):
        call_command("create_key", name, "--domain", host)
    own, foreign = capsys.readouterr().out.split()
    assert post({"blog_id": blog.pk}, **{"X-API-Key": own}).status_code == 201
    for told in ({"blog_id": blog.pk}, {"url": "own.example/hello"}):
        assert post(told, **{"X-API-Key": foreign}).status_code == 400
    assert len(views()) == 1


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


def test_a_page_tells_the_address_of_its_visitor_and_a_server_does_not(post, blog):
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
    ],
)
def test_other_events_are_no_views(post, blog, changed):
    assert post({**PAGE_VIEW, **changed}, "/events/").status_code == 201
    assert views() == []


def test_a_page_view_by_a_bot_is_an_event_and_no_view(post, blog):
    assert post(PAGE_VIEW, "/events/", **{"User-Agent": GOOGLEBOT}).status_code == 201
    assert (views(), BotHits.objects.get().hits) == ([], 1)
