"""Which pages of other origins may send and read in a browser (CORS)."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from analytics.access.flow.create_key import create_key
from ideeza import env

GRAFANA = "https://grafana.example.org"
COLLECTORS = ["/events/", "/eye", "/api/collect", "/api/visits/", "/api/analytics/views/"]
READABLE = [
    ("GET", "/events/"),
    ("GET", "/events/errors"),
    ("GET", "/events/1/"),
    ("GET", "/report/all"),
    ("POST", "/report"),
    ("GET", "/session/count"),
    ("GET", "/count/name/"),
    ("POST", "/api/analytics/blog-views/country/"),
    ("POST", "/api/analytics/top/blog"),
    ("POST", "/api/analytics/performance/"),
    ("POST", "/api/analytics/events/"),
    ("POST", "/api/analytics/query/"),
    ("GET", "/api/pagediffs/"),
    ("GET", "/api/v1.0/increasingconcurrents"),
    ("GET", "/api/v1.0/concurrents/"),
    ("GET", "/live/toppages/"),
    ("GET", "/live/toppages/v3"),
]
NEVER = [
    ("POST", "/api/token/"),
    ("GET", "/api/visits/"),
    ("GET", "/api/users/"),
    ("GET", "/admin/"),
    ("GET", "/readyz"),
]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def declared(settings):
    settings.IDEEZA_CORS_ORIGINS = [GRAFANA]
    return settings


@pytest.fixture
def preflight(client):
    def ask(method, url, origin=GRAFANA):
        asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": "authorization,x-api-key"}
        return client.options(url, headers={"Origin": origin, **asked})

    return ask


@pytest.mark.parametrize("url", COLLECTORS)
def test_pages_of_any_origin_may_send(preflight, client, url, settings):
    settings.IDEEZA_CORS_ORIGINS = []
    for response in (preflight("POST", url, "https://any.example"), client.post(url, headers={"Origin": "null"})):
        assert response["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in response


def test_pages_of_any_origin_load_the_tracker(client):
    assert client.get("/tracker.js", headers={"Origin": "https://any.example"})["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("method, url", READABLE)
def test_pages_of_a_declared_origin_may_read(preflight, method, url):
    response = preflight(method, url)
    assert (response.status_code, response["Access-Control-Allow-Origin"]) == (200, GRAFANA)
    assert method in response["Access-Control-Allow-Methods"]
    assert {"authorization", "x-api-key", "content-type"} <= set(response["Access-Control-Allow-Headers"].split(", "))
    assert "Origin" in response["Vary"].title()
    assert "Access-Control-Allow-Credentials" not in response


@pytest.mark.parametrize("method, url", READABLE)
@pytest.mark.parametrize(
    "origin",
    [
        f"{GRAFANA}.evil.example",
        f"{GRAFANA}:8443",
        "http://grafana.example.org",
        "https://evil.example",
        "null",
        "[",
        "",
    ],
)
def test_pages_of_other_origins_may_not_read(preflight, method, url, origin):
    response = preflight(method, url, origin)
    assert "Access-Control-Allow-Origin" not in response
    assert "origin" in response["Vary"].lower()


@pytest.mark.parametrize("method, url", READABLE + NEVER)
def test_no_page_may_read_unless_its_origin_is_declared(preflight, client, settings, method, url):
    settings.IDEEZA_CORS_ORIGINS = []
    assert "Access-Control-Allow-Origin" not in preflight(method, url)
    assert "Access-Control-Allow-Origin" not in client.generic(method, url, headers={"Origin": GRAFANA})


@pytest.mark.parametrize("method, url", NEVER)
def test_some_urls_are_never_read_by_other_pages(preflight, settings, method, url):
    settings.IDEEZA_CORS_ORIGINS = ["*"]
    assert "Access-Control-Allow-Origin" not in preflight(method, url)


def test_pages_of_any_origin_may_read_when_a_star_says_so(preflight, settings):
    settings.IDEEZA_CORS_ORIGINS = ["*"]
    response = preflight("POST", "/api/analytics/performance/", "https://any.example")
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in response


def test_a_page_sees_how_fresh_an_answer_is(client, settings):
    settings.IDEEZA_API_OPEN = False
    headers = {"X-API-Key": create_key("grafana", [], ["query"]), "Origin": GRAFANA}
    response = client.post("/api/analytics/performance/", {}, content_type="application/json", headers=headers)
    assert (response.status_code, response["Access-Control-Allow-Origin"]) == (200, GRAFANA)
    exposed = set(response["Access-Control-Expose-Headers"].split(", "))
    assert {"x-summaries-as-of", "x-pending-days", "x-distinct", "retry-after"} <= exposed


def test_a_page_sees_why_it_is_refused(client, settings):
    settings.IDEEZA_API_OPEN = False
    response = client.post("/api/analytics/performance/", headers={"Origin": GRAFANA})
    assert (response.status_code, response["Access-Control-Allow-Origin"]) == (401, GRAFANA)


@pytest.mark.parametrize("given", ["", GRAFANA, "*", "http://[::1]:3000, http://localhost:3000"])
def test_the_setting_lists_origins(monkeypatch, given):
    monkeypatch.setenv("IDEEZA_CORS_ORIGINS", given)
    assert env.origins("IDEEZA_CORS_ORIGINS") == [each.strip() for each in given.split(",") if each]


@pytest.mark.parametrize(
    "given", ["example.org", f"{GRAFANA}/", f"{GRAFANA}/path", "https://*.example.org", "null", "HTTPS://A.EXAMPLE"]
)
def test_the_setting_refuses_what_no_browser_sends(monkeypatch, given):
    monkeypatch.setenv("IDEEZA_CORS_ORIGINS", given)
    with pytest.raises(ImproperlyConfigured, match="IDEEZA_CORS_ORIGINS: .* is no origin"):
        env.origins("IDEEZA_CORS_ORIGINS")
