"""A signed-in browser that records its requests and its errors.

`page` is the last fixture of a test: once it is open, Django cannot use the database in this thread.
"""

from datetime import UTC, datetime
from threading import Lock

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from playwright.sync_api import expect, sync_playwright

NOON = datetime(2024, 3, 10, 12, tzinfo=UTC)
"""The time at which the data of `warehouse` were rolled up."""
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


@pytest.fixture(autouse=True)
def one_request_at_a_time(monkeypatch):
    """Let the live server answer one request at a time on SQLite: its threads share one connection in memory."""
    if connection.vendor != "sqlite":
        return
    lock, get_response = Lock(), WSGIHandler.get_response

    def get_response_alone(handler, request):
        with lock:
            return get_response(handler, request)

    monkeypatch.setattr(WSGIHandler, "get_response", get_response_alone)


@pytest.fixture
def cookie(reader, client, live_server):
    client.force_login(reader)
    return {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}


@pytest.fixture
def browse(cookie, chromium, live_server):
    """Return a function that opens a page in a signed-in browser, with a given size, colour scheme and language."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)

        def new_page(size=WIDE, scheme="light", locale="en-GB"):
            context = browser.new_context(
                base_url=live_server.url, viewport=size, color_scheme=scheme, timezone_id="Asia/Kolkata", locale=locale
            )
            context.add_cookies([cookie])
            return record_activity(context.new_page())

        yield new_page
        browser.close()


@pytest.fixture
def page(browse):
    return browse()


def record_activity(page):
    """Record the URLs that the page requests, and its errors, warnings and dialogs."""
    page.requested_urls, page.failures = [], []
    page.on("request", lambda request: page.requested_urls.append(request.url))
    page.on("pageerror", lambda error: page.failures.append(str(error)))

    def record(message):
        if message.type in ("error", "warning"):
            page.failures.append(message.text)

    page.on("console", record)
    page.on("dialog", lambda dialog: page.failures.append(f"dialog: {dialog.message}"))
    return page


def open_page(page, address, now=NOON):
    """Open `address` with the browser's clock stopped at `now`, and wait until each panel has its answer."""
    if now:
        page.clock.set_fixed_time(now)
    page.goto(address)
    wait_until_filled(page)
    return page


def wait_until_filled(page):
    expect(page.locator("main [aria-busy=true]")).to_have_count(0)


def table_rows(page, panel):
    """Return the texts of the cells of a panel's table, by row."""
    return page.locator(f"#{panel} table").last.evaluate(
        "table => [...table.tBodies[0].rows].map(row => [...row.cells].map(cell => cell.innerText.trim()))"
    )


def totals(page):
    """Return the totals above the panels, by name, without the margin of error that only screen readers say."""
    names, values = (page.locator(f"#totals {tag}").all_inner_texts() for tag in ("dt", "dd.total"))
    return {name: value.partition("\n")[0] for name, value in zip(names, values, strict=True)}
