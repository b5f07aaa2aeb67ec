"""What a page of another origin may send and read, as a browser enforces it (CORS)."""

import json

import pytest
from playwright.sync_api import sync_playwright

from analytics.access.flow import authenticate_key
from analytics.access.flow.create_key import create_key
from analytics.models import Event
from analytics.tests.browser.conftest import FLAGS
from analytics.tests.browser.other_site import serve_pages
from analytics.tests.conftest import PASSWORD
from analytics.tests.ingest.conftest import CLICK

pytestmark = [
    pytest.mark.browser,
    pytest.mark.sqlite,
    pytest.mark.django_db(transaction=True),
]  # nothing here depends on the database

FETCH = """async ([url, options]) => {
    try {
        const answer = await fetch(url, options);
        const headers = Object.fromEntries(answer.headers);
        return {status: answer.status, headers, body: await answer.json()};
    } catch (error) {
        return {refused: error.name};
    }
}"""
REFUSED = {"refused": "TypeError"}
"""What a page learns of an answer that it may not read, and of a request that the browser does not make."""
QUESTION = "/api/analytics/performance/"


@pytest.fixture
def origin(settings):
    """Serve a site of another origin, and close the API to requests without a key or a token."""
    settings.IDEEZA_API_OPEN = False
    settings.IDEEZA_CORS_ORIGINS = []
    authenticate_key.clear_cache()
    with serve_pages(lambda path: "<!doctype html><title>Shop</title>") as address:
        yield address


@pytest.fixture
def fetch(origin, chromium, live_server):
    """Return a function that lets a page of the other site make a request, with the given cookies in the browser. The
    browser is closed when it returns, so that Django can use the database again."""

    def answer(path, cookies=(), **options):
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            page = browser.new_page()
            page.context.add_cookies(list(cookies))
            page.goto(origin)
            found = page.evaluate(FETCH, [live_server.url + path, options])
            browser.close()
        return found

    return answer


def posted(body, **headers):
    """Return the options of a request that posts JSON."""
    return {"method": "POST", "body": json.dumps(body), "headers": {"Content-Type": "application/json", **headers}}


@pytest.fixture
def query_key(origin):
    return {"X-API-Key": create_key("grafana", [], ["query"])}


def test_a_page_of_any_origin_sends_an_event_and_reads_its_id(fetch):
    key = create_key("shop", ["127.0.0.1"], ["collect"])
    answer = fetch("/events/", **posted(CLICK, **{"X-API-Key": key}))
    assert (answer["status"], answer["body"]["id"]) == (201, Event.objects.get().id)


def test_a_page_of_any_origin_reads_why_its_event_is_refused(fetch):
    assert fetch("/events/", **posted(CLICK, **{"X-API-Key": "wrong"}))["status"] == 401
    assert not Event.objects.exists()


@pytest.mark.parametrize("declared", ["its own", "*"])
def test_a_page_of_a_declared_origin_reads_an_answer_and_its_freshness(fetch, origin, query_key, settings, declared):
    settings.IDEEZA_CORS_ORIGINS = [origin if declared == "its own" else declared]
    answer = fetch(QUESTION, **posted({"compare": "day"}, **query_key))
    assert (answer["status"], answer["body"]) == (200, [])
    assert answer["headers"]["x-pending-days"] == "0"
    assert fetch("/events/", headers=query_key)["status"] == 200


@pytest.mark.parametrize("declared", [[], ["https://grafana.example.org"]])
def test_a_page_of_another_origin_reads_nothing(fetch, query_key, settings, declared):
    settings.IDEEZA_CORS_ORIGINS = declared
    assert fetch(QUESTION, **posted({}, **query_key)) == REFUSED
    assert fetch("/events/", headers=query_key) == REFUSED
    assert fetch("/events/") == REFUSED  # without a header of its own, a request is made before it is refused


def test_a_login_opens_nothing_for_a_page_of_a_declared_origin(fetch, origin, cookie, settings):
    """127.0.0.1 is one site whatever the port, so the browser would send the cookie if the service accepted it."""
    settings.IDEEZA_CORS_ORIGINS = [origin]
    assert fetch("/events/", cookies=[cookie])["status"] == 401
    assert fetch("/events/", cookies=[cookie], credentials="include") == REFUSED


def test_a_page_of_a_declared_origin_gets_no_token(fetch, origin, reader, settings):
    settings.IDEEZA_CORS_ORIGINS = [origin]
    assert fetch("/api/token/", **posted({"username": reader.username, "password": PASSWORD})) == REFUSED
