"""Page visits, as their published clients and the tracker send them."""

import pytest

from analytics.access.flow import authenticate_key
from analytics.access.flow.create_key import create_key
from analytics.models import BotHits, Heartbeat, Visit
from analytics.tests.visit_factory import HOST

pytestmark = pytest.mark.django_db


KEY = "99b792d59799b05a35ce4ff8bd41f35c72992a32"
GOOD = {"domain": HOST, "path": "/page/1", "subject": "First subject"}


FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"


GOOGLE = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


@pytest.fixture
def closed(settings):
    settings.IDEEZA_API_OPEN = False
    authenticate_key.clear_cache()
    create_key("anybody", [], ["collect", "read"], KEY)


@pytest.fixture
def bound(closed):
    """Create a key for one host only."""
    return create_key("shop", ["shop.example"], ["collect", "read"])


def post(client, body, key=KEY, url="/api/visits/", **headers):
    return client.post(f"{url}?apikey={key}", body, content_type="application/json", headers=headers)


def test_a_visit_is_stored_and_says_where_it_is(client, closed):
    response = post(client, GOOD, **{"User-Agent": FIREFOX})
    number = Visit.objects.get().pk
    assert response.status_code == 201
    assert response.json() == {"url": f"http://testserver/api/visits/{number}/"}
    shown = client.get(f"/api/visits/{number}/?apikey={KEY}").json()
    assert {name: shown[name] for name in GOOD} == GOOD
    assert (shown["user_agent"], shown["ip_address"]) == (FIREFOX, "127.0.0.0")


@pytest.mark.parametrize("url", ["/api/visits", "/api/visits/"])
def test_a_key_may_come_as_a_header_and_the_slash_may_be_missing(client, closed, url):
    response = client.post(url, GOOD, content_type="application/json", headers={"X-API-Key": KEY})
    assert response.status_code == 201


def test_a_form_is_accepted(client, closed):
    assert client.post(f"/api/visits/?apikey={KEY}", GOOD).status_code == 201


def test_without_a_key_nothing_is_stored_and_nothing_is_shown(client, closed):
    for response in (client.post("/api/visits/", GOOD), client.get("/api/visits/"), client.get("/api/domains/")):
        assert response.status_code == 401
        assert "credentials" in response.json()["detail"]


def test_an_unknown_key_is_an_invalid_token(client, closed):
    for response in (post(client, GOOD, "f" * 40), client.get("/api/domains/?apikey=nobody")):
        assert (response.status_code, response.json()) == (401, {"detail": "Invalid token"})


@pytest.mark.parametrize(
    "field, value",
    [
        ("domain", None),
        ("domain", ""),
        ("domain", 5),
        ("domain", "a b"),
        ("domain", "example.com/page"),
        ("domain", "x" * 254),
        ("path", None),
        ("path", ["/a"]),
        ("path", "/" * 601),
        ("path", "/\0"),
        ("subject", None),
        ("subject", "x" * 301),
        ("visitor", 7),
        ("beat", "yes"),
        ("beat", True),
    ],
)
def test_a_bad_field_is_named(client, closed, field, value):
    response = post(client, GOOD | {field: value})
    assert response.status_code == 400
    assert list(response.json()) == [field]
    assert not Visit.objects.exists()


@pytest.mark.parametrize("body", ["[]", "5", '"text"', "{", "\xff", "null"])
def test_a_body_that_is_no_object_is_refused(client, closed, body):
    assert post(client, body).status_code == 400


def test_every_missing_field_is_named_at_once(client, closed):
    assert post(client, {}).json() == {name: ["This field is required."] for name in GOOD}


def test_a_bot_is_counted_apart(client, closed):
    response = post(client, GOOD, **{"User-Agent": GOOGLE})
    assert response.status_code == 202
    assert (Visit.objects.count(), BotHits.objects.get().hits, BotHits.objects.get().domain) == (0, 1, HOST)


def test_a_bound_key_writes_and_sees_its_own_hosts_only(client, bound):
    assert post(client, GOOD, bound).status_code == 403
    assert post(client, GOOD | {"domain": "shop.example"}, bound).status_code == 201
    assert post(client, GOOD | {"domain": "shop.example"}).status_code == 403
    assert post(client, GOOD).status_code == 201
    seen = {
        key: [each["name"] for each in client.get(f"/api/domains/?apikey={key}").json()["results"]]
        for key in (KEY, bound)
    }
    assert seen == {KEY: [HOST], bound: ["shop.example"]}
    assert client.get(f"/api/visits/?apikey={bound}").json()["count"] == 1
    assert client.get(f"/api/visits/{Visit.objects.get(page__site__host=HOST).pk}/?apikey={bound}").status_code == 404
    assert client.get(f"/api/pagediffs/?apikey={bound}&domain={HOST}").status_code == 403


def test_a_key_for_collecting_does_not_read(client, closed):
    key = create_key("page", [], ["collect"])
    assert post(client, GOOD, key).status_code == 201
    assert client.get(f"/api/visits/?apikey={key}").status_code == 403


def test_the_same_client_is_the_same_visitor_unless_it_sends_a_name(client, closed):
    for agent in (FIREFOX, FIREFOX, "curl/8"):
        post(client, GOOD, **{"User-Agent": agent})
    for agent in (FIREFOX, "curl/8"):
        post(client, GOOD | {"visitor": "ann"}, **{"User-Agent": agent})
    assert Heartbeat.objects.values("visitor").distinct().count() == 3


def beacon(client, body, **headers):
    return client.post(f"/api/collect?apikey={KEY}", body, content_type="text/plain;charset=UTF-8", headers=headers)


def test_the_tracker_sends_text_and_a_beat_is_no_visit(client, closed):
    for beat in (False, True):
        response = beacon(client, f'{{"domain": "{HOST}", "path": "/a", "beat": {str(beat).lower()}}}')
        assert (response.status_code, response.json()) == (202, {"stored": True})
    assert (Visit.objects.count(), Heartbeat.objects.count()) == (1, 2)


@pytest.mark.parametrize("header", ["DNT", "Sec-GPC"])
def test_a_visitor_who_objects_to_tracking_is_not_tracked(client, closed, header):
    response = beacon(client, f'{{"domain": "{HOST}", "path": "/a"}}', **{header: "1"})
    assert (response.status_code, response.json()) == (202, {"stored": False})
    assert not Heartbeat.objects.exists()


def test_the_tracker_needs_a_key_too(client, closed):
    assert client.post("/api/collect", "{}", content_type="text/plain").status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        b'{"domain": "\\ud800", "path": "/a", "subject": "x"}',
        b'{"domain": "example.com", "path": "/a", "subject": {"a": 1}}',
        b'{"domain": "example.com", "path": "/a", "subject": "x", "visitor": "\\u0000"}',
        b'{"domain": "example.com", "path": "/a", "subject": "x", "visitor": ["ann"]}',
        b"[" * 5000,
    ],
)
def test_odd_bodies_are_refused_and_never_a_failure(client, closed, body):
    for url in ("/api/visits/", "/api/collect"):
        assert post(client, body, url=url).status_code == 400


@pytest.mark.parametrize("subject", ["\u202e\U0001f600", "'; DROP TABLE --", " x "])
def test_odd_titles_are_kept_as_they_are(client, closed, subject):
    assert shown(client, {"subject": subject})["subject"] == subject


@pytest.mark.parametrize(
    "domain, path, stored_domain, stored_path",
    [
        ("EXAMPLE.com.:443", "//a/%7e%d0%bf/п?q=é", "example.com", "/a/~%D0%BF/%D0%BF?q=%C3%A9"),
        (
            "bücher.example",
            "HTTP://Bücher.Example:80/%zz",
            "xn--bcher-kva.example",
            "http://xn--bcher-kva.example/%25zz",
        ),
        (HOST, "/app#/route", HOST, "/app#/route"),
    ],
)
def test_a_page_is_stored_in_its_one_spelling(client, closed, domain, path, stored_domain, stored_path):
    stored = shown(client, {"domain": domain, "path": path})
    assert (stored["domain"], stored["path"]) == (stored_domain, stored_path)


def test_a_page_is_one_page_however_it_is_spelled(client, closed):
    for path in ("/%d0%bf", "/%D0%BF", "/п", "//%D0%BF", "/x/../%D0%BF"):
        assert post(client, GOOD | {"path": path}).status_code == 201
    (page,) = client.get(f"/api/pages/?apikey={KEY}&domain=Example.COM.").json()["results"]
    assert (page["path"], page["visitors"]) == ("/%D0%BF", 5)


@pytest.mark.parametrize("path", ["a", "?", "http://[/", "ftp://example.com/", "example.com/a", "/é" * 120])
def test_a_path_is_an_absolute_url_or_begins_with_a_slash(client, closed, path):
    for url in ("/api/visits/", "/api/collect"):
        response = post(client, GOOD | {"path": path}, url=url)
        assert (response.status_code, list(response.json())) == (400, ["path"])


def shown(client, changed):
    """Send a visit and return it as the API shows it."""
    url = post(client, GOOD | changed).json()["url"]
    return client.get(url.removeprefix("http://testserver") + f"?apikey={KEY}").json()


def test_the_longest_texts_fit(client, closed):
    host = ".".join(["x" * 62] * 4 + ["x"])
    body = {"domain": host, "path": "/" + "x" * 599, "subject": "\U0001f600" * 300, "visitor": "é" * 200}
    assert post(client, body, **{"User-Agent": "A" * 5000}).status_code == 201


@pytest.mark.parametrize("url", ["/api/visits/99999999999999999999999/", "/api/visits/7/", "/api/visits/x/"])
def test_a_visit_that_is_not_there_is_404(client, closed, url):
    assert client.get(f"{url}?apikey={KEY}").status_code == 404


def test_a_beat_of_a_bot_is_no_hit(client, closed):
    response = beacon(client, f'{{"domain": "{HOST}", "path": "/a", "beat": true}}', **{"User-Agent": GOOGLE})
    assert (response.status_code, BotHits.objects.count()) == (202, 0)


def test_a_lone_surrogate_is_read_as_the_replacement_character(client, closed):
    body = f'{{"domain": "{HOST}", "path": "/a\\ud83d", "subject": "cut \\ud83d"}}'
    assert beacon(client, body).status_code == 202
    page = Visit.objects.get().page
    assert (page.path, page.subject) == ("/a%EF%BF%BD", "cut \ufffd")


ORIGIN = {
    "referrer": "https://news.example/a?b",
    "utm_source": "newsletter",
    "utm_medium": "email",
    "utm_campaign": "über",
    "language": "de-AT",
}


def test_a_visit_may_say_where_it_comes_from(client, closed):
    for given in (ORIGIN, dict.fromkeys(ORIGIN, ""), dict.fromkeys(ORIGIN)):
        assert post(client, GOOD | given).status_code == 201
        assert post(client, GOOD | given, url="/api/collect").status_code == 202


@pytest.mark.parametrize("field", ORIGIN)
@pytest.mark.parametrize("value", [7, ["a"], "x" * 2001, "a\0"])
def test_a_bad_field_of_where_it_comes_from_is_named(client, closed, field, value):
    for url in ("/api/visits/", "/api/collect"):
        response = post(client, GOOD | {field: value}, url=url)
        assert (response.status_code, list(response.json())) == (400, [field])
