"""Concurrent visitors: rising pages, top pages and the live view of a site."""

import pytest
from django.contrib.auth.models import User

from analytics import clock
from analytics.access.flow import authenticate_key
from analytics.access.flow.create_key import create_key
from analytics.live.api import concurrents
from analytics.live.flow import rank_pages, take_snapshots
from analytics.models import HourlyBaseline, SnapshotTick, Visit
from analytics.sources.contexts import ViewContext
from analytics.tests.live.flow.test_update_baselines import learnt
from analytics.tests.visit_factory import HOST, START, after, show_visitors, store_visits, visit
from tally.trending import Measure

pytestmark = pytest.mark.django_db


KEY = "k" * 32


URL = "/api/v1.0/increasingconcurrents"


@pytest.fixture(autouse=True)
def closed(settings):
    settings.IDEEZA_API_OPEN = False
    authenticate_key.clear_cache()
    concurrents.answer_cache.clear()
    create_key("anybody", [], ["collect", "read"], KEY)


@pytest.fixture
def set_clock(monkeypatch):
    """Return a function that sets both clocks to so many seconds after the start."""

    def put(seconds: float):
        monkeypatch.setattr(clock, "now", lambda: after(seconds))
        monkeypatch.setattr(concurrents.time, "monotonic", lambda: 1e6 + seconds)

    put(0)
    return put


def increasing(client, key=KEY, **query):
    response = client.get(URL, {"apikey": key, "host": HOST, **query})
    assert response.status_code == 200, response.content
    return [(each["i"], each["change"]) for each in response.json()]


def test_the_first_call_is_an_empty_list(client, set_clock):
    store_visits([visit("/a", 1, -1)])
    assert client.get(f"{URL}?apikey={KEY}&host={HOST}").json() == []


def test_visitors_now_against_those_one_snapshot_ago(client, set_clock):
    show_visitors({"/a": 1, "/b": 5, "/c": 1, "/same": 2, "/gone": 4}, 0)
    show_visitors({"/a": 4, "/b": 1, "/c": 4, "/same": 2, "/new": 9}, 5)
    set_clock(5)
    assert increasing(client) == [("/a", 3), ("/c", 3)]
    assert client.get(f"{URL}/?apikey={KEY}&host={HOST.upper()}").json() == [
        {"i": "/a", "change": 3},
        {"i": "/c", "change": 3},
    ]


def test_only_the_hundred_pages_with_most_visitors_count(client, set_clock):
    show_visitors({f"/{n:03}": 2 for n in range(101)} | {"/few": 1}, 0)
    show_visitors({f"/{n:03}": 3 for n in range(101)} | {"/few": 2}, 5)
    set_clock(5)
    assert [path for path, _ in increasing(client)] == [f"/{n:03}" for n in range(100)]


def test_two_clients_at_different_paces_see_the_same(client, set_clock):
    other = create_key("other", [], ["read"])
    for n, seconds in enumerate(range(0, 30, 5), 1):
        store_visits(visit("/a", number, seconds - 0.5) for number in range(n * n))
        set_clock(seconds + 1)
        first = increasing(client)
        if seconds % 15 == 0:
            assert increasing(client, key=other) == first
        set_clock(seconds + 3)
        assert increasing(client) == first
    assert first == [("/a", 11)]
    assert SnapshotTick.objects.count() == 6


def test_one_computation_serves_all_requests_within_an_interval(client, set_clock, monkeypatch):
    show_visitors({"/a": 1}, 0)
    asked = []
    monkeypatch.setattr(rank_pages, "rising", lambda *about: asked.append(about) or [])
    for seconds in (0, 1, 2, 4.9):
        set_clock(seconds)
        increasing(client)
    increasing(client, measure="smoothed")
    assert [measure for _, measure, _ in asked] == ["difference", "smoothed"]


def test_the_worker_has_a_second_before_a_request_takes_the_snapshot(client, set_clock):
    take_snapshots.take_due(START)
    set_clock(5.9)
    increasing(client)
    assert SnapshotTick.objects.count() == 1
    set_clock(6.1)
    increasing(client)
    assert SnapshotTick.objects.count() == 2


def test_a_comparison_over_a_long_silence_is_none(client, set_clock):
    show_visitors({"/a": 1}, 0)
    show_visitors({"/a": 5}, 3600)
    set_clock(3600)
    assert increasing(client) == []


@pytest.mark.parametrize(
    "query, status",
    [
        ({"host": HOST}, 401),
        ({"apikey": KEY}, 401),
        ({}, 401),
        ({"apikey": "nobody", "host": HOST}, 400),
        ({"apikey": KEY, "host": HOST, "measure": "loud"}, 400),
        ({"apikey": KEY, "host": "a\0b"}, 400),
    ],
)
def test_a_request_that_is_not_allowed_is_refused_with_a_reason(client, set_clock, query, status):
    response = client.get(URL, query)
    assert response.status_code == status
    assert response.json()


def test_a_bound_key_asks_about_its_own_hosts_only(client, set_clock):
    bound = create_key("shop", ["shop.example"], ["read"])
    assert client.get(URL, {"apikey": bound, "host": HOST}).status_code == 403
    assert client.get(URL, {"apikey": bound, "host": "shop.example"}).status_code == 200
    assert client.get(URL, {"apikey": KEY, "host": "shop.example"}).status_code == 403


def test_an_open_api_asks_for_no_key(client, set_clock, settings):
    settings.IDEEZA_API_OPEN = True
    assert client.get(URL, {"host": HOST}).status_code == 200
    assert client.get(URL).status_code == 401


def test_smoothed_is_the_mean_of_five_against_the_five_before(client, set_clock):
    for n in range(10):
        show_visitors({"/climb": 10 + n, "/noise": 10 + n % 2, "/steady": 3}, 5 * n)
    set_clock(45)
    assert increasing(client, measure="smoothed") == [("/climb", 5.0), ("/noise", 0.2)]


def test_smoothed_needs_something_to_compare_with(client, set_clock):
    for n in range(5):
        show_visitors({"/a": n + 1}, 5 * n)
    set_clock(20)
    assert increasing(client, measure="smoothed") == []


def test_relative_is_a_score_against_the_usual_level_of_this_hour(client, set_clock, settings):
    settings.IDEEZA_ACTIVE_SECONDS = 1200
    learnt(3, {3: 1, 12: 16})
    settings.IDEEZA_ACTIVE_SECONDS = 5
    assert sorted(HourlyBaseline.objects.values_list("hour", flat=True)) == [3, 12]
    show_visitors({"/a": 18, "/b": 1}, 0)
    set_clock(0)
    assert increasing(client, measure="relative") == []
    show_visitors({"/a": 18}, 15 * 3600)
    set_clock(15 * 3600)
    ((path, score),) = increasing(client, measure="relative")
    assert [page["usual"] for page in live(client, measure="relative")["rising"]] == [1.0]
    assert [page["usual"] for page in live(client)["pages"]] == [None]
    assert (path, score > 8) == ("/a", True)


def toppages(client, url="/live/toppages/", **query):
    return client.get(url, {"apikey": KEY, "host": HOST, **query}).json()


def test_top_pages_are_served_as_chartbeat_does(client, set_clock):
    show_visitors({"/a": 1, "/b": 3, "/c": 3}, 0)
    assert toppages(client, limit=2) == [
        {"i": "Title of /b", "path": "/b", "visitors": 3},
        {"i": "Title of /c", "path": "/c", "visitors": 3},
    ]
    assert toppages(client, "/live/toppages/v3", limit=1) == {
        "pages": [{"path": f"{HOST}/b", "title": "Title of /b", "stats": {"people": 3}}]
    }


def test_there_are_no_top_pages_once_all_visitors_have_left(client, set_clock):
    show_visitors({"/a": 1}, 0)
    set_clock(10)
    assert toppages(client) == []


@pytest.mark.parametrize("query", [{"host": ""}, {"limit": "0"}, {"limit": "-1"}, {"limit": "many"}, {"limit": "1.5"}])
def test_top_pages_name_a_bad_parameter(client, set_clock, query):
    response = client.get("/live/toppages/", {"apikey": KEY, "host": HOST, **query})
    assert response.status_code == 400
    assert list(response.json()) == list(query)


def test_a_limit_beyond_a_hundred_top_pages_is_a_hundred(client, set_clock):
    show_visitors({f"/{n:03}": 1 for n in range(102)}, 0)
    assert len(toppages(client, limit=1000)) == len(toppages(client, limit=100)) == 100
    assert len(toppages(client)) == 10


def test_the_key_may_be_in_the_header_of_chartbeat(client, set_clock):
    show_visitors({"/a": 1}, 0)
    for url in ("/live/toppages/", "/live/toppages/v3/"):
        assert client.get(url, {"host": HOST}, headers={"X-CB-AK": KEY}).status_code == 200
        assert client.get(url, {"host": HOST}, headers={"X-API-Key": KEY}).status_code == 200
        assert client.get(url, {"host": HOST}, headers={"X-CB-AK": "unknown"}).status_code == 401
        assert client.get(url, {"host": HOST}).status_code == 401
    assert client.get("/api/pagediffs/", {"domain": HOST}, headers={"X-CB-AK": KEY}).status_code == 401


@pytest.mark.parametrize("url", ["/live//toppages/", "/live/toppages//", "///live///toppages"])
def test_repeated_slashes_are_one(client, set_clock, url):
    show_visitors({"/a": 1}, 0)
    assert toppages(client, url)[0]["path"] == "/a"
    assert toppages(client, f"{url}//v3//")["pages"][0]["path"] == f"{HOST}/a"


def test_the_published_client_reads_top_pages(client, set_clock):
    """chartbeatpy 0.2.1 sends exactly these requests: without a version, and with `api_version="3"`."""
    show_visitors({"/a": 2, "/b": 1}, 0)
    params = {"limit": 10, "apikey": KEY, "host": HOST}
    assert [page["visitors"] for page in client.get("/live/toppages/", params).json()] == [2, 1]
    pages = client.get("/live/toppages//v3/", params).json()["pages"]
    assert [(page["path"], page["stats"]["people"]) for page in pages] == [(f"{HOST}/a", 2), (f"{HOST}/b", 1)]


def live(client, **query):
    response = client.get("/api/v1.0/concurrents", {"apikey": KEY, "host": HOST, **query})
    assert response.status_code == 200, response.content
    return response.json()


def test_one_screen_shows_a_site(client, set_clock):
    show_visitors({"/a": 1, "/b": 5}, 0)
    show_visitors({"/a": 4, "/b": 2, "/new": 1}, 5)
    set_clock(5)
    line = {"path": "/a", "title": "Title of /a", "visitors": 4, "change": 3, "usual": None}
    shown = live(client, limit=2)
    assert shown["at"] == "2024-03-10T12:00:05Z"
    assert (shown["host"], shown["interval_seconds"], shown["visitors"]) == (HOST, 5, 4)
    assert shown["series"] == [["2024-03-10T12:00:00Z", 5], ["2024-03-10T12:00:05Z", 4]]
    assert shown["pages"][0] == {**line, "series": [1, 4], "referrers": []}
    assert [page["path"] for page in shown["pages"]] == ["/a", "/b"]
    assert shown["rising"] == [line]
    assert [(page["path"], page["change"]) for page in shown["falling"]] == [("/b", -3)]


def came_from(referrer, path, visitor, seconds, **others):
    return visit(path, visitor, seconds, context=ViewContext(referrer=referrer), **others)


def test_a_page_says_from_where_its_visitors_of_now_came(client, set_clock):
    """Neither those who have left, nor those of another page, nor those who came too long ago."""
    hosts = ["google.com", "google.com", "news.example", "a.example", "b.example", "c.example", "d.example"]
    visits = [came_from(host, "/a", number, 899) for number, host in enumerate(hosts, 1)]
    visits += [came_from("google.com", "/a", 1, 898), visit("/a", 20, 899)]
    left, early = came_from("left.example", "/a", 8, 860), came_from("early.example", "/a", 9, -1)
    elsewhere = [came_from("other.example", "/b", 10, 860), visit("/a", 10, 899)]
    store_visits([*visits, left, early, *elsewhere, visit("/a", 9, 899, is_beat=True)])
    take_snapshots.take_due(after(900))
    set_clock(900)
    (page,) = live(client)["pages"]
    assert [(each["referrer"], each["visitors"]) for each in page["referrers"]] == [
        ("google.com", 2),
        ("a.example", 1),
        ("b.example", 1),
        ("c.example", 1),
        ("d.example", 1),
    ]


def test_the_tracker_says_where_a_visitor_came_from_and_only_the_host_is_kept(client, set_clock):
    body = {"domain": HOST, "path": "/a", "visitor": "ann", "referrer": "https://www.google.com/search?q=secret"}
    sent = [client.post(f"/api/collect?apikey={KEY}", body, content_type="application/json")]
    sent += [client.post(f"/api/visits/?apikey={KEY}", {**body, "subject": "A"}, content_type="application/json")]
    assert [response.status_code for response in sent] == [202, 201]
    assert [each.referrer for each in Visit.objects.all()] == ["google.com", "google.com"]
    shown = client.get(f"/api/visits/?apikey={KEY}").json()["results"][0]
    assert "referrer" not in shown


def test_a_time_without_visitors_is_drawn_as_zero_and_one_without_snapshots_is_not_drawn(client, set_clock):
    show_visitors({"/a": 2}, 0)
    take_snapshots.take_due(after(5))
    set_clock(58)
    assert [n for _, n in live(client, minutes=1)["series"]] == [2] + [0] * 11
    show_visitors({"/a": 3}, 120)
    set_clock(600)
    assert [moment for moment, _ in live(client, minutes=15)["series"]][-1] > "2024-03-10T12:09"


def test_a_long_curve_is_thinned(client, set_clock):
    for minute in range(0, 120, 10):
        show_visitors({"/a": 1}, minute * 60)
    set_clock(7200)
    shown = live(client, minutes=1440)
    assert 0 < len(shown["series"]) <= 180
    assert len(shown["pages"]) == 0


@pytest.mark.parametrize("query", [{"host": "nobody.org"}, {"host": ""}])
def test_an_unknown_site_is_empty(client, set_clock, query):
    assert live(client, **query) == {
        "host": query["host"],
        "at": None,
        "interval_seconds": 5,
        "visitors": 0,
        "series": [],
        "pages": [],
        "rising": [],
        "falling": [],
    }


def test_a_signed_in_user_sees_the_screen(client, set_clock):
    User.objects.create_user("ann", password="a")
    token = client.post("/api/token/", {"username": "ann", "password": "a"}, content_type="application/json").json()
    bearer = {"Authorization": f"Bearer {token['access']}"}
    assert client.get("/api/v1.0/concurrents", {"host": HOST}, headers=bearer).status_code == 200
    assert client.get("/api/v1.0/concurrents", {"host": HOST}).status_code == 401


def test_measures_are_what_the_screen_changes_by(client, set_clock):
    for n in range(10):
        show_visitors({"/climb": 10 + n}, 5 * n)
    set_clock(45)
    assert live(client, measure=Measure.SMOOTHED.value)["rising"][0]["change"] == 5.0
