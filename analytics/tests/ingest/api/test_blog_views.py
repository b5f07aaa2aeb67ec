"""`POST /api/analytics/views/`: blog views over HTTP."""

import pytest
from django.core.management import call_command

from analytics.models import BlogView, BotHits

GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


pytestmark = pytest.mark.django_db


def views():
    return list(BlogView.objects.order_by("id").values_list("blog__title", "country__code", "viewer__username"))


def test_a_view_is_stored_with_the_country_of_its_address(post, blog):
    response = post({"blog_id": blog.pk})
    assert (response.status_code, response.json()) == (201, {"result": "stored"})
    assert views() == [("Hello", "US", None)]
    assert BlogView.objects.get().ip_address == "8.8.8.0"


def test_a_view_may_have_every_field(post, blog):
    when = "2021-01-01T09:15:27.243860Z"
    sent = {"url": "https://OWN.example/hello?x=1#y", "country_code": "de", "viewer": "ann", "timestamp": when}
    assert post(sent).status_code == 201
    assert views() == [("Hello", "DE", "ann")]
    assert BlogView.objects.get().timestamp.isoformat() == "2021-01-01T09:15:27.243860+00:00"


def test_an_address_without_a_country_has_an_unknown_country(post, blog):
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
    "sent, field",
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
def test_a_wrong_field_is_named(post, blog, sent, field):
    response = post(sent)
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


def test_a_bound_key_sends_views_of_its_own_sites_only(post, blog, settings, capsys):
    settings.IDEEZA_API_OPEN = False
    for name, host in (("own", "own.example"), ("foreign", "foreign.example")):
        call_command("create_key", name, "--domain", host)
    own, foreign = capsys.readouterr().out.split()
    assert post({"blog_id": blog.pk}, **{"X-API-Key": own}).status_code == 201
    for sent in ({"blog_id": blog.pk}, {"url": "own.example/hello"}):
        assert post(sent, **{"X-API-Key": foreign}).status_code == 400
    assert len(views()) == 1
