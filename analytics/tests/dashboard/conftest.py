"""A signed-in browser that notes what went wrong in it.

`page` comes last in a test: while it is there, Django touches no database in this thread.
"""

from datetime import UTC, datetime
from threading import Lock

import pytest
from django.contrib.auth.models import User
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from playwright.sync_api import expect, sync_playwright

from analytics.tests.api.conftest import today, warehouse  # noqa: F401 - fixtures

NOON = datetime(2024, 3, 10, 12, tzinfo=UTC)
"""The moment at which the data of `warehouse` were rolled up."""
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
PASSWORD = "open sesame"


@pytest.fixture(autouse=True)
def one_at_a_time(monkeypatch):
    """SQLite in memory is one connection, which the threads of the live server share: they take turns."""
    if connection.vendor != "sqlite":
        return
    turn, answer = Lock(), WSGIHandler.get_response

    def in_turn(handler, request):
        with turn:
            return answer(handler, request)

    monkeypatch.setattr(WSGIHandler, "get_response", in_turn)


@pytest.fixture
def reader(db, settings):
    """Somebody who may look, while the API is closed to everybody else."""
    settings.IDEEZA_API_OPEN = False
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
    return User.objects.create_user("reader", password=PASSWORD)


@pytest.fixture
def cookie(reader, client, live_server):
    client.force_login(reader)
    return {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}


@pytest.fixture
def browse(cookie, chromium, live_server):
    """Opens pages of a signed-in browser, each with a size and a colour scheme of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)

        def open_page(size=WIDE, scheme="light"):
            context = browser.new_context(
                base_url=live_server.url, viewport=size, color_scheme=scheme, timezone_id="Asia/Kolkata", locale="en-GB"
            )
            context.add_cookies([cookie])
            return noting(context.new_page())

        yield open_page
        browser.close()


@pytest.fixture
def page(browse):
    return browse()


def noting(page):
    page.asked, page.failures = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("pageerror", lambda error: page.failures.append(str(error)))
    page.on("console", lambda said: page.failures.append(said.text) if said.type in ("error", "warning") else None)
    page.on("dialog", lambda dialog: page.failures.append(f"dialog: {dialog.message}"))
    return page


def filled(page, address, now=NOON):
    """The page at `address` when each panel has its answer, by a browser whose clock stands at `now`."""
    if now:
        page.clock.set_fixed_time(now)
    page.goto(address)
    settled(page)
    return page


def settled(page):
    expect(page.locator("main [aria-busy=true]")).to_have_count(0)


def rows(page, panel):
    """The cells of a panel's table, as texts."""
    return page.locator(f"#{panel} table").last.evaluate(
        "table => [...table.tBodies[0].rows].map(row => [...row.cells].map(cell => cell.innerText.trim()))"
    )


def figures(page):
    names, values = (page.locator(f"#totals {tag}").all_inner_texts() for tag in ("dt", "dd.figure"))
    return dict(zip(names, values, strict=True))
