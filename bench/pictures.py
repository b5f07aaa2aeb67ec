"""Take pictures of the dashboard with sample data, in headless Chromium."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from django.core.management import call_command
from playwright.sync_api import Browser

from analytics.ingest.flow import write
from analytics.live.flow import take_snapshots
from analytics.sources.messages.deliveries import Delivery
from analytics.sources.messages.page_visits import PageVisit
from analytics.sources.messages.timestamps import SECOND
from bench import scratch
from bench.browser import browsing, signed_in
from bench.fill import LOGIN, PASSWORD
from bench.serving import server

FOLDER = scratch.ROOT / "docs"
PICTURES = [
    ("warehouse", "/dashboard/warehouse/?range=year", "light", 1100),
    ("live", "/dashboard/live/", "dark", 800),
]
"""The name, the page, the colours and the height of each."""
WIDTH = 1100
VIEWS, DAYS = 30_000, 800
HOST = "blog.example.org"
PAGES = [
    ("/", "Notes from a small workshop", 34),
    ("/slow-bread", "The trouble with slow bread", 27),
    ("/old-maps", "In defence of old maps", 19),
    ("/night-trains", "A week with night trains", 16),
    ("/stairs", "Getting started with stairs", 11),
    ("/city-trees", "Notes on city trees", 9),
    ("/log-files", "The trouble with log files", 6),
    ("/about", "About", 3),
]
MINUTES = 16
AHEAD = 120
"""Visits are added for so many seconds of the future, so that visitors are active while the pictures are taken."""


def measure() -> dict[str, int]:
    """Take the pictures and return the size of each in bytes."""
    call_command("collectstatic", "--noinput", verbosity=0)
    call_command("seed_data", views=VIEWS, days=DAYS)
    call_command("precalculate_stats")
    call_command("create_login", LOGIN, PASSWORD)
    _visits(datetime.now(UTC))
    with server() as port, browsing() as browser:
        cookies = signed_in(browser, port)
        return {picture[0]: _picture(browser, port, cookies, *picture) for picture in PICTURES}


def _picture(browser: Browser, port: int, cookies: list, name: str, address: str, scheme: str, height: int) -> int:
    look = {"viewport": {"width": WIDTH, "height": height}, "color_scheme": scheme}
    context = browser.new_context(base_url=f"http://127.0.0.1:{port}", **look)
    context.add_cookies(cookies)
    page = context.new_page()
    page.goto(address)
    page.locator("main:not(:has([aria-busy=true]))").wait_for()
    page.mouse.move(0, 0)
    page.wait_for_timeout(500)
    path = FOLDER / f"dashboard-{name}.png"
    page.screenshot(path=path)
    context.close()
    return path.stat().st_size


def _visits(now: datetime) -> None:
    """Add a quarter of an hour of visits with its snapshots, and visits of the next two minutes."""
    begun = now - timedelta(minutes=MINUTES)
    for seconds in range(0, MINUTES * 60 + AHEAD, take_snapshots.interval()):
        at = begun + timedelta(seconds=seconds)
        write.store(Delivery(uuid4().bytes, 0, int(at.timestamp() * SECOND), visits=list(_there(seconds, at))))
        if at < now:
            take_snapshots.take_due(at)


def _there(seconds: int, at: datetime) -> Iterator[PageVisit]:
    """Yield the visits of one moment. The number on each page rises and falls in waves."""
    for place, (path, title, usual) in enumerate(PAGES):
        wave = 1 + 0.35 * math.sin(seconds / 140 + place / 2) + 0.1 * math.sin(seconds / 17 + 5 * place)
        for number in range(round(usual * wave)):
            yield PageVisit(HOST, path, title, 1000 * place + number + 1, int(at.timestamp() * SECOND))
