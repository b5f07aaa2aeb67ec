"""The API documentation in a real browser, which requests nothing from other hosts."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect, sync_playwright

from analytics.tests.browser.swagger_page import try_grouped_views
from analytics.tests.conftest import PASSWORD

DRAWING_MS = 30_000
"""ReDoc draws the whole document at once, which a busy machine may need long for."""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.sqlite,
    pytest.mark.django_db(transaction=True),
]  # nothing here depends on the database


@pytest.fixture
def page(chromium, live_server):
    """Open a page that records its requests and its errors. `page` is the last fixture of a test: once it is open,
    Django cannot use the database in this thread."""
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        page = browser.new_page(base_url=live_server.url)
        page.asked, page.failures = [], []
        page.on("requestfinished", lambda asked: page.asked.append(asked))
        page.on("requestfailed", lambda asked: page.asked.append(asked))
        page.on("pageerror", lambda error: page.failures.append(str(error)))
        yield page
        browser.close()


def foreign_requests(page, live_server):
    """Return the URLs requested from other hosts. Requests that the Content Security Policy blocked never left the
    browser."""
    return [
        asked.url
        for asked in page.asked
        if not asked.url.startswith((live_server.url, "data:", "blob:")) and asked.failure != "csp"
    ]


@pytest.fixture
def token(reader, client):
    body = {"username": "reader", "password": PASSWORD}
    return client.post("/api/token/", body, content_type="application/json").json()["access"]


def test_try_it_out_sends_a_request_after_signing_in(token, warehouse, live_server, page):
    page.goto(reverse("schema-swagger-ui"))
    answered = try_grouped_views(page, token, "**/api/analytics/blog-views/country/**")
    assert answered.status == 200
    assert answered.json()[0] == {"x": "DE", "y": 2, "z": 4}
    assert answered.headers["x-pending-days"] == "0"
    expect(
        page.locator("#operations-analytics-grouped").locator(".live-responses-table tbody .response-col_status").first
    ).to_contain_text("200")
    assert (foreign_requests(page, live_server), page.failures) == ([], [])


def requests_of(schema):
    methods = {"get", "post", "put", "patch", "delete"}
    return sum(len(methods & set(operations)) for operations in schema["paths"].values())


def test_swagger_and_redoc_show_every_question_with_examples(live_server, page):
    page.goto(reverse("schema-swagger-ui"))
    documented = requests_of(page.request.get("/swagger.json").json())
    assert documented > 5
    expect(page.locator(".opblock")).to_have_count(documented)
    page.goto(reverse("schema-redoc"))
    expect(page.get_by_role("heading", name="Views over time, with growth")).to_be_visible(timeout=DRAWING_MS)
    expect(page.get_by_text("X-Summaries-As-Of").first).to_be_visible()
    assert (foreign_requests(page, live_server), page.failures) == ([], [])
