"""Who may ask questions and read events: users with a token, and machines with a key of scope `query`."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from analytics import clock
from analytics.access.flow import authenticate_key
from analytics.access.flow.create_key import create_key
from analytics.access.store import api_keys
from analytics.models import ApiKey, Application

NOON = datetime(2024, 3, 10, 12, tzinfo=UTC)
QUESTIONS = [
    ("post", "/api/analytics/blog-views/country/"),
    ("post", "/api/analytics/top/blog"),
    ("post", "/api/analytics/performance/"),
    ("post", "/api/analytics/events/"),
    ("post", "/api/analytics/query/"),
]
READING_EVENTS = [
    ("get", "/events/"),
    ("get", "/events/errors/"),
    ("get", "/report/all"),
    ("post", "/report"),
    ("get", "/session/count"),
    ("get", "/count/category"),
]
BODIES = {"/api/analytics/events/": {"group_by": "category"}, "/report": {"category": "page"}}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def closed(settings):
    settings.IDEEZA_API_OPEN = False


@pytest.fixture
def query_key():
    return create_key("nightly", [], ["query"])


@pytest.fixture
def token(client):
    User.objects.create_user("ann", password="a")
    response = client.post("/api/token/", {"username": "ann", "password": "a"}, content_type="application/json")
    return f"Bearer {response.json()['access']}"


@pytest.fixture
def call(client):
    def send(method, url, key=None, bearer=None):
        credentials = {"X-API-Key": key, "Authorization": bearer}
        headers = {name: value for name, value in credentials.items() if value}
        body = {"data": json.dumps(BODIES.get(url, {})), "content_type": "application/json"} if method == "post" else {}
        response = getattr(client, method)(url, **body, headers=headers)
        detail = response.json().get("detail") if response.status_code >= 400 else None
        return response.status_code, detail

    return send


@pytest.mark.parametrize("method, url", QUESTIONS + READING_EVENTS)
def test_a_key_for_questions_asks_questions_and_reads_events(call, query_key, method, url):
    assert call(method, url, query_key) == (200, None)
    assert call(method, url)[0] == 401


@pytest.mark.parametrize("method, url", QUESTIONS + READING_EVENTS)
def test_a_key_without_the_scope_is_refused_with_the_name_of_the_scope(call, method, url):
    key = create_key("site", [], ["collect", "read"])
    assert call(method, url, key) == (401, "This key does not have the scope 'query'.")
    assert call(method, url, "unknown") == (401, "Invalid token")


def test_a_key_for_questions_does_not_send_or_read_pages(client, query_key):
    headers = {"X-API-Key": query_key}
    assert client.post("/events/", {}, content_type="application/json", headers=headers).status_code == 403
    assert client.get("/api/domains/", headers=headers).status_code == 403


def test_a_key_in_the_address_asks_no_questions(client, query_key):
    response = client.post(f"/api/analytics/performance/?apikey={query_key}", {}, content_type="application/json")
    assert response.status_code == 401


def test_a_key_made_without_scopes_does_not_ask_questions(call, capsys):
    call_command("create_key", "site")
    assert call(*QUESTIONS[0], capsys.readouterr().out.strip())[0] == 401


@pytest.mark.parametrize("bearer", ["Bearer nonsense", "Bearer", "Bearer a b c"])
def test_a_bad_token_is_refused_even_beside_a_valid_key(call, query_key, bearer):
    assert call(*QUESTIONS[0], query_key, bearer)[0] == 401


def test_a_key_is_not_looked_at_beside_a_valid_token(call, token):
    collecting = create_key("site", [], ["collect"])
    assert call(*QUESTIONS[0], collecting, token) == (200, None)
    assert call(*QUESTIONS[0], "unknown", token) == (200, None)


def test_a_scheme_that_is_not_bearer_is_not_looked_at(call, query_key):
    assert call(*QUESTIONS[0], query_key, "Basic YTpi") == (200, None)


def test_an_open_api_asks_a_known_key_for_no_scope_and_refuses_an_unknown_one(call, settings):
    settings.IDEEZA_API_OPEN = True
    assert call(*QUESTIONS[0], create_key("site", ["own.example"], ["collect"])) == (200, None)
    assert call(*QUESTIONS[0], "unknown") == (401, "Invalid token")


def test_an_expired_key_is_refused_and_says_when_it_ended(call, client, monkeypatch):
    key = create_key("nightly", [], api_keys.SCOPE_FIELDS, expires_at=NOON)
    live = "/api/v1.0/increasingconcurrents?host=example.com"
    monkeypatch.setattr(clock, "now", lambda: NOON - timedelta(seconds=1))
    assert call("get", "/events/", key) == call("get", "/api/domains/", key) == (200, None)
    monkeypatch.setattr(clock, "now", lambda: NOON)
    expired = (401, "This key expired on 2024-03-10 at 12:00 UTC.")
    urls = ["/events/", "/api/domains/", "/api/visits/", "/live/toppages/?host=example.com", live]
    assert {call("get", url, key) for url in urls} == {expired}
    assert call("post", "/eye", key) == expired


def test_a_key_expires_while_the_database_is_away(monkeypatch):
    key = create_key("nightly", [], ["query"], expires_at=NOON)
    assert authenticate_key.authenticate(key, 0).expires_at == NOON
    monkeypatch.setattr(api_keys, "find", lambda digest: pytest.fail("the cached grant is recent enough"))
    assert authenticate_key.authenticate(key, 0.5).expires_at == NOON


def test_a_key_of_an_application_with_domains_asks_about_their_blogs_and_reads_no_events(call, query_key):
    assert call(*QUESTIONS[0], query_key)[0] == 200
    Application.objects.get(name="nightly").domains.create(host="own.example")
    authenticate_key.clear_cache()
    assert {url: call(method, url, query_key)[0] for method, url in QUESTIONS + READING_EVENTS} == {
        url: 403 if (method, url) in READING_EVENTS or "events" in url else 200
        for method, url in QUESTIONS + READING_EVENTS
    }
    assert "belong to no site" in call("get", "/events/", query_key)[1]


def test_a_revoked_key_asks_no_questions(call, query_key):
    ApiKey.objects.update(revoked_at=NOON)
    assert call(*QUESTIONS[0], query_key) == (401, "Invalid token")
