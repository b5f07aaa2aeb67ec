"""What users wait for: the warehouse page in headless Chromium, from a server as in production, with empty caches."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from django.core.management import call_command
from playwright.sync_api import Browser, Page, sync_playwright

from analytics.datasets import VIEWS
from analytics.warehouse.store import generations
from bench import contexts, data
from bench.fill import LOGIN, PASSWORD
from bench.serving import server
from bench.timing import Times

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
TARGETS = {"first paint": 500, "every panel filled": 1000, "a filter changed": 300}
"""In milliseconds."""
WHEN_FILLED = """
    addEventListener("DOMContentLoaded", () => {
        const look = () => document.querySelector("main [aria-busy=true]")
            ? requestAnimationFrame(look) : (window.filledAt = performance.now());
        if (document.querySelector("main [aria-busy]")) look();
    });
"""
"""Sets `filledAt` when the last panel has its answer, in milliseconds since navigation began."""
CHANGE = """
    (address) => new Promise((done) => {
        const begun = performance.now();
        const anchor = Object.assign(document.createElement("a"), { href: address });
        document.body.append(anchor);
        anchor.click();
        const look = () => document.querySelector("main [aria-busy=true]")
            ? requestAnimationFrame(look) : done(performance.now() - begun);
        requestAnimationFrame(look);
    })
"""


FILTERS = (
    ("country", lambda n: data.code(n)),
    ("not", lambda n: data.code(n)),
    ("author", lambda n: data.username(n)),
    ("source", lambda n: contexts.value("source", n)),
    ("device", lambda n: contexts.value("device", n % contexts.VALUES["device"])),
)
"""The parameters that filter, each with its values by number."""


def measure(*, rounds: int) -> dict:
    """Return, for each thing that users wait for, its target in milliseconds and its figures in seconds."""
    call_command("collectstatic", "--noinput", verbosity=0)
    generations.advance(VIEWS, datetime.now(UTC))
    found = {name: Times() for name in TARGETS}
    with server() as port, browsing() as browser:
        cookies = signed_in(browser, port)
        for number in range(1, rounds + 1):
            period = _period(number)
            page = _opened(browser, port, cookies, period)
            found["first paint"].seconds.append(_paint(page) / 1000)
            found["every panel filled"].seconds.append(page.evaluate("filledAt") / 1000)
            for name, value in FILTERS:
                address = f"{period}&{urlencode({name: value(number)})}"
                found["a filter changed"].seconds.append(page.evaluate(CHANGE, address) / 1000)
            page.context.close()
    return {name: (TARGETS[name], times.figures()) for name, times in found.items()}


def _period(number: int) -> str:
    """Return a period that differs each time, so that no answer is in the cache."""
    return f"?from={data.SPAN.start + timedelta(days=number)}&to=2025-12-31"


@contextmanager
def browsing() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def signed_in(browser: Browser, port: int) -> list:
    page = browser.new_page(base_url=f"http://127.0.0.1:{port}")
    page.goto("/dashboard/login/?next=/dashboard/live/")
    page.get_by_label("Name").fill(LOGIN)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/dashboard/live/")
    cookies = page.context.cookies()
    page.context.close()
    return cookies


def _opened(browser: Browser, port: int, cookies: list, question: str) -> Page:
    """Open the page in a browser with an empty cache and return it when it is filled."""
    context = browser.new_context(base_url=f"http://127.0.0.1:{port}", viewport={"width": 1440, "height": 900})
    context.add_cookies(cookies)
    context.add_init_script(WHEN_FILLED)
    page = context.new_page()
    page.goto(f"/dashboard/warehouse/{question}")
    page.locator("main:not(:has([aria-busy=true]))").wait_for()
    return page


def _paint(page: Page) -> float:
    return page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
