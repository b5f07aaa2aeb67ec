"""The context and the visitor of views that are sent over HTTP."""

import json
from datetime import UTC, datetime

import pytest

from analytics import clock
from analytics.models import BlogView, Context, DimensionValue
from analytics.sources.contexts import ViewContext
from analytics.warehouse.store.contexts import COLUMNS

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:120.0) Gecko/20100101 Firefox/120.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1 Version/17.1 Mobile/15E148 Safari/604"
)
TOOL = "python-requests/2.31.0"


def stored() -> list[ViewContext]:
    """Return the texts of the contexts of all views, in order."""
    values = dict(DimensionValue.objects.values_list("pk", "value"))
    rows = {row.pk: [values.get(getattr(row, name), "") for name in COLUMNS] for row in Context.objects.all()}
    return [
        ViewContext(*rows.get(id, [])) for id in BlogView.objects.order_by("id").values_list("context_id", flat=True)
    ]


def visitors() -> list[int | None]:
    return list(BlogView.objects.order_by("id").values_list("visitor", flat=True))


@pytest.fixture
def send(client):
    def send(what, agent="", peer="8.8.8.8", **headers):
        body = what if isinstance(what, bytes) else json.dumps(what)
        sent = {"User-Agent": agent, **{name.replace("_", "-"): value for name, value in headers.items()}}
        path = "/api/analytics/views/"
        return client.post(path, body, content_type="application/json", headers=sent, REMOTE_ADDR=peer)

    return send


def test_a_view_may_say_its_whole_context(send, blog):
    sent = {
        "blog_id": blog.pk,
        "referrer": "https://news.ycombinator.com/item?id=1",
        "user_agent": FIREFOX,
        "language": "de-AT",
        "utm_source": "Weekly",
        "utm_medium": "email",
        "utm_campaign": "May",
        "visitor": "ann",
    }
    assert send(sent).status_code == 201
    assert stored() == [
        ViewContext("Weekly", "email", "May", "news.ycombinator.com", "desktop", "Firefox", "Windows", "de")
    ]


def test_headers_of_a_reader_stand_in_and_the_referer_does_not(send, blog):
    headers = {"Accept_Language": "fr-CH, fr;q=0.9", "Referer": "https://www.google.com/"}
    send({"blog_id": blog.pk}, agent=IPHONE, **headers)
    assert stored() == [ViewContext(device="mobile", browser="Safari", os="iOS", language="fr")]


def test_headers_of_a_server_say_nothing(send, blog):
    send({"blog_id": blog.pk}, agent=TOOL, Accept_Language="fr")
    send({"blog_id": blog.pk, "user_agent": IPHONE, "utm_source": "x"}, agent=TOOL, Accept_Language="fr")
    assert stored() == [ViewContext(), ViewContext("x", device="mobile", browser="Safari", os="iOS")]
    assert visitors() == [None, None]


def test_the_query_of_the_url_names_the_campaign(send, blog):
    send({"url": "https://own.example/hello?utm_source=a&utm_campaign=b", "utm_source": "given"}, agent=TOOL)
    assert stored() == [ViewContext("given", campaign="b")]


def test_a_referrer_of_the_blogs_own_site_is_none_by_id_as_well(send, blog):
    for view in ({"blog_id": blog.pk}, {"url": "own.example/hello"}):
        send({**view, "referrer": "https://WWW.own.example:443/"}, agent=TOOL)
        send({**view, "referrer": "https://other.example/"}, agent=TOOL)
    assert [each.referrer for each in stored()] == ["", "other.example"] * 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("referrer", "no url"),
        ("referrer", "https://x.example/" + "a" * 2000),
        ("referrer", 7),
        ("user_agent", ["x"]),
        ("user_agent", "a" * 1001),
        ("language", "a" * 101),
        ("utm_source", "\0"),
        ("utm_medium", {}),
        ("utm_campaign", "a" * 301),
        ("visitor", "a" * 201),
        ("visitor", True),
    ],
)
def test_a_bad_value_is_refused_by_the_name_of_its_field(send, blog, name, value):
    response = send({"blog_id": blog.pk, name: value})
    assert (response.status_code, list(response.json())) == (400, [name])
    assert BlogView.objects.count() == 0


def test_empty_and_absent_values_are_unknown(send, blog):
    names = ("referrer", "user_agent", "language", "utm_source", "utm_medium", "utm_campaign", "visitor")
    assert send({"blog_id": blog.pk, **dict.fromkeys(names, "")}, agent=TOOL).status_code == 201
    assert send({"blog_id": blog.pk, **dict.fromkeys(names)}, agent=TOOL).status_code == 201
    assert stored() == [ViewContext()] * 2 and BlogView.objects.filter(context=None).count() == 2


def test_half_a_surrogate_pair_is_stored_as_a_replacement(send, blog):
    raw = b'{"blog_id": %d, "utm_source": "a\\ud800", "visitor": "\\ud800"}' % blog.pk
    assert send(raw, agent=TOOL).status_code == 201
    assert stored()[0].source == "a\ufffd"


def test_a_visitor_who_is_named_is_the_same_on_every_day_and_by_every_way(send, blog, monkeypatch):
    send([{"blog_id": blog.pk, "visitor": "ann"}, {"blog_id": blog.pk, "viewer": "ann"}])
    monkeypatch.setattr(clock, "now_microseconds", lambda: 10**15)
    send([{"blog_id": blog.pk, "visitor": "ann"}, {"blog_id": blog.pk, "visitor": "bob"}])
    first, viewer, later, other = visitors()
    assert first == viewer == later != other and -(2**63) <= first < 2**63


def test_a_visitor_without_a_name_is_told_by_address_and_agent_within_a_day(send, blog, monkeypatch):
    moment = datetime(2024, 5, 1, 12, tzinfo=UTC)
    monkeypatch.setattr(clock, "now_microseconds", lambda: int(moment.timestamp()) * 10**6)
    for agent, peer in ((FIREFOX, "8.8.8.8"), (FIREFOX, "8.8.8.8"), (IPHONE, "8.8.8.8"), (FIREFOX, "8.8.8.9")):
        send({"blog_id": blog.pk}, agent=agent, peer=peer)
    moment = datetime(2024, 5, 2, 12, tzinfo=UTC)
    send({"blog_id": blog.pk}, agent=FIREFOX, peer="8.8.8.8")
    one, again, *others = visitors()
    assert one == again and len({one, *others}) == 4


def test_who_refuses_tracking_is_no_visitor(send, blog):
    send({"blog_id": blog.pk}, agent=FIREFOX, DNT="1")
    assert visitors() == [None]


def test_without_visitors_none_are_stored(send, blog, settings):
    settings.IDEEZA_VISITORS = False
    send([{"blog_id": blog.pk, "visitor": "ann"}, {"blog_id": blog.pk}], agent=FIREFOX)
    assert visitors() == [None, None]


def test_texts_beyond_the_limit_of_a_day_count_as_unknown(send, blog, settings):
    settings.IDEEZA_NEW_VALUES_A_DAY = 2
    send([{"blog_id": blog.pk, "utm_source": f"spam {number}"} for number in range(5)], agent=TOOL)
    assert sorted(each.source for each in stored()) == ["", "", "", "spam 0", "spam 1"]
    assert DimensionValue.objects.count() == 2
