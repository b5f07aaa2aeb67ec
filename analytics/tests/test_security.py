"""No input gives a 5xx: neither what the OpenAPI document allows, nor what it forbids, nor random bytes. An application
neither reads nor writes data of another one."""

import json
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.access.flow.create_key import create_key
from analytics.models import Blog, BlogView, Event
from analytics.models.visit import Visit

pytestmark = pytest.mark.django_db

COLLECTORS = ("/events/", "/eye", "/report", "/api/analytics/views/", "/api/visits/", "/api/collect")
HOSTILE = (
    b"",
    b"null",
    b"[[]]",
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b'{"session_id": "s", "category": "c", "name": "n", "data": ' + b'{"a":' * 5000 + b"1" + b"}" * 5001,
    b'{"session_id": "\\ud800", "category": "c", "name": "n"}',
    b'{"session_id": "s", "category": "c", "name": "n", "data": {"a": "\\u0000"}}',
    b'{"session_id": "s", "category": "c", "name": "n", "data": {"\\u0000": 1}}',
    b'{"session_id": "s", "category": "c", "name": "n", "data": {"n": 1e999}}',
    b'{"session_id": "s", "category": "c", "name": "n", "data": {"n": ' + b"9" * 5000 + b"}}",
    b'{"session_id": "s", "category": "c", "name": "n", "event_id": "\\u0000"}',
    b'{"session_id": "s", "category": "c", "name": "n", "timestamp": "9999-12-31T23:59:59-14:00"}',
    b'{"session_id": "s", "category": "c", "name": "n", "timestamp": 1e308}',
    b'{"session_id": "s", "category": "c", "name": "pageview", "data": {"host": "[::1", "path": "//"}}',
    b'{"session_id": "s", "category": "c", "name": "pageview", "data": {"host": "\xf0\x9f\x98\x80", "path": "'
    + b"/a" * 9999,
    b'{"blog_id": 9223372036854775808}',
    b'{"url": "http://[::1", "viewer": "\\u0000"}',
    b'{"domain": "example.com", "path": "\\u0000", "subject": "\\ud83d"}',
    b'{"domain": ".", "path": "/", "subject": ""}',
    b'{"timestamp": [{}, []]}',
    b"\xff\xfe\x00",
)
TYPES = ("application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "é/")

few = settings(max_examples=10, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))


def answer_to(client, url, sent, content_type="application/json", **headers):
    answer = client.post(url, sent, content_type=content_type, headers=headers)
    assert answer.status_code < 500, (url, sent[:200], content_type, answer.content[:500])
    return answer


@pytest.mark.parametrize("url", COLLECTORS)
def test_hostile_bodies_are_no_5xx(client, url):
    for sent in HOSTILE:
        for content_type in TYPES:
            answer_to(client, url, sent, content_type)


@settings(few, max_examples=150)
@given(url=st.sampled_from(COLLECTORS), sent=st.binary(max_size=200), content_type=st.sampled_from(TYPES))
def test_random_bytes_are_no_5xx(client, url, sent, content_type):
    answer_to(client, url, sent, content_type)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
EVENT = ("session_id", "category", "name", "data", "timestamp", "event_id")
VIEW = ("blog_id", "url", "country_code", "viewer", "view_id")
FIELDS = (*EVENT, *VIEW, "domain", "path", "subject")


@settings(few, max_examples=250)
@given(url=st.sampled_from(COLLECTORS), sent=st.dictionaries(st.sampled_from(FIELDS), JSON | st.text(), max_size=14))
def test_fields_of_any_type_are_no_5xx(client, url, sent):
    text = json.dumps(sent, ensure_ascii=True).encode()
    answer_to(client, url, text)
    answer_to(client, url, b"[" + text + b", 1]")


def test_headers_of_any_kind_are_no_5xx(client):
    event = json.dumps({"session_id": "s", "category": "c", "name": "n"})
    for value in ("\0", "é", "[::1", "http://[", "x" * 5000, "null", ",,,", "1.2.3.4, ::, [", "unknown"):
        for name in ("X-API-Key", "Origin", "X-Forwarded-For", "User-Agent", "Authorization"):
            answer_to(client, "/eye", event.encode(), **{name: value})


@pytest.fixture
def keys(settings):
    """Create the keys of two applications with a site each, and of one without a site."""
    settings.IDEEZA_API_OPEN = False
    bound = {name: create_key(name, [f"{name}.example"], ("collect", "read")) for name in ("one", "two")}
    return {**bound, "any": create_key("any", [], ("collect", "read"))}


def bodies_about(host):
    """Return a request of each kind about a site: URL and body."""
    page = {
        "session_id": "s",
        "category": "c",
        "name": "pageview",
        "data": {"host": host, "path": "/", "id": uuid4().hex},
    }
    return [
        ("/events/", page),
        ("/events/", [page]),
        ("/eye", page),
        ("/api/analytics/views/", {"url": f"{host}/"}),
        ("/api/analytics/views/", [{"blog_id": Blog.objects.get(url=f"{host}/").pk}]),
        ("/api/visits/", {"domain": host, "path": "/", "subject": "Page"}),
        ("/api/collect", {"domain": host, "path": "/", "subject": "Page"}),
    ]


@pytest.mark.parametrize("name", ["one", "any"])
def test_a_key_does_not_write_to_the_site_of_another(client, keys, name):
    author = User.objects.create(username="ada")
    for host in ("one.example", "two.example"):
        Blog.objects.create(title=host, url=f"{host}/", author=author)
    for url, sent in bodies_about("two.example"):
        answer = answer_to(client, url, json.dumps(sent).encode(), **{"X-API-Key": keys[name]})
        assert answer.status_code in (400, 403) or answer.json()["errors"], (url, answer.content)
    assert not Event.objects.exists() and not BlogView.objects.exists() and not Visit.objects.exists()
    for url, sent in bodies_about("two.example"):
        assert answer_to(client, url, json.dumps(sent).encode(), **{"X-API-Key": keys["two"]}).status_code < 300, url
    assert Event.objects.exists() and BlogView.objects.exists() and Visit.objects.exists()


READERS = (
    "/api/pagediffs/?domain={host}",
    "/api/v1.0/increasingconcurrents?host={host}",
    "/api/v1.0/concurrents?host={host}",
    "/live/toppages/?host={host}",
    "/live/toppages/v3/?host={host}",
)
LISTS = ("/api/visits/", "/api/pages/", "/api/domains/")


@pytest.mark.parametrize("name", ["one", "any"])
def test_a_key_does_not_read_the_site_of_another(client, keys, name):
    visit = json.dumps({"domain": "two.example", "path": "/", "subject": "A secret page"}).encode()
    made = answer_to(client, "/api/visits/", visit, **{"X-API-Key": keys["two"]}).json()["url"]
    for url in (*READERS, *LISTS, made):
        asked = url.format(host="two.example")
        theirs, foreign = (client.get(asked, headers={"X-API-Key": keys[who]}) for who in ("two", name))
        assert theirs.status_code == 200, asked
        assert foreign.status_code in (400, 403, 404) or b"two.example" not in foreign.content, asked
        assert b"secret" not in foreign.content, asked
