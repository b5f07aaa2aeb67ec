"""The tracker in a real browser, on pages of another origin."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import sync_playwright

from analytics.access.flow import authenticate_key
from analytics.access.flow.create_key import create_key
from analytics.models import Heartbeat, Visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


AGENT = "Mozilla/5.0 (X11; Linux x86_64) Chrome/130 Safari/537.36"
"""The default one names headless Chromium, which makes it a bot."""


HTML = """<!doctype html><title>Shop</title><a href="/next">Next</a>
<script src="{api}/tracker.js" data-key="{key}" defer></script>"""


HIDE = """state => {
    Object.defineProperty(document, "visibilityState", {value: state, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def key(settings, live_server):
    """Create a key for pages of this host, and close the API to requests without a key."""
    settings.IDEEZA_API_OPEN = False
    authenticate_key.clear_cache()
    return create_key("shop", ["127.0.0.1"], ["collect"])


@pytest.fixture
def site(key, live_server):
    """Serve pages from another origin that load our script, and return their address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(HTML.format(api=live_server.url, key=key).encode())

        def log_message(self, *about):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(chromium, site):
    """Open a page that records what it sends and its errors. `page` is the last fixture of a test."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", f"--user-agent={AGENT}"])
        page = browser.new_page(base_url=site)
        page.sent, page.failures, page.answers = [], [], []
        page.on("request", lambda asked: "collect" in asked.url and page.sent.append(asked.post_data_json))
        page.on("response", lambda answer: "collect" in answer.url and page.answers.append(answer.status))
        page.on("pageerror", lambda error: page.failures.append(str(error)))
        page.clock.install()
        yield page
        assert page.failures == []
        browser.close()


def wait_until_sent(page, count: int) -> list[tuple[str, bool]]:
    """Wait for `count` answers, and return the path of each request and whether it was a heartbeat."""
    for _ in range(100):
        if len(page.answers) >= count:
            break
        page.wait_for_timeout(30)
        page.clock.run_for(60)
    return [(each["path"], each["beat"]) for each in page.sent]


def sent_after_a_pause(page) -> list[tuple[str, bool]]:
    page.clock.run_for(500)
    page.wait_for_timeout(300)
    return [(each["path"], each["beat"]) for each in page.sent]


class ExpectedRows:
    """What the database must hold at the end of a test."""

    def __init__(self) -> None:
        self.visits, self.heartbeats = None, None


@pytest.fixture
def expected(transactional_db):
    """Return an object that takes what must be stored, and compare it with the database once the browser is closed."""
    rows = ExpectedRows()
    yield rows
    if rows.visits is not None:
        assert sorted(Visit.objects.values_list("page__path", flat=True)) == sorted(rows.visits)
    if rows.heartbeats is not None:
        assert Heartbeat.objects.count() == rows.heartbeats


def test_a_view_is_reported_from_another_origin(expected, page):
    expected.visits = ["/shop"]
    page.goto("/shop?secret=1#top")
    assert wait_until_sent(page, 1) == [("/shop", False)]
    assert (page.answers, page.sent[0]["subject"], page.sent[0]["domain"]) == ([202], "Shop", "127.0.0.1")


def test_a_heartbeat_follows_every_fifteen_seconds(expected, page):
    expected.visits, expected.heartbeats = ["/"], 3
    page.goto("/")
    wait_until_sent(page, 1)
    for count in (2, 3):
        page.clock.run_for(15_000)
        sent = wait_until_sent(page, count)
    assert sent == [("/", False), ("/", True), ("/", True)]


def test_a_hidden_page_sends_nothing_after_a_last_heartbeat(page):
    page.goto("/")
    wait_until_sent(page, 1)
    page.clock.run_for(5_000)
    page.evaluate(HIDE, "hidden")
    wait_until_sent(page, 2)
    page.clock.run_for(60_000)
    assert sent_after_a_pause(page) == [("/", False), ("/", True)]
    page.evaluate(HIDE, "visible")
    assert wait_until_sent(page, 3)[2:] == [("/", True)]


def test_a_page_that_opens_hidden_is_viewed_when_it_is_shown(page):
    page.add_init_script('Object.defineProperty(document, "visibilityState", {value: "hidden", configurable: true})')
    page.goto("/")
    page.clock.run_for(30_000)
    assert sent_after_a_pause(page) == []
    page.evaluate(HIDE, "visible")
    assert wait_until_sent(page, 1) == [("/", False)]


def test_navigation_within_the_page_is_a_view(expected, page):
    expected.visits = ["/", "/two", "/"]
    page.goto("/")
    wait_until_sent(page, 1)
    page.evaluate("history.pushState({}, '', '/two'); document.title = 'Two'")
    wait_until_sent(page, 2)
    page.evaluate("history.pushState({}, '', '/two?sorted=1')")
    page.go_back()
    page.go_back()
    assert wait_until_sent(page, 3) == [("/", False), ("/two", False), ("/", False)]
    assert [each["subject"] for each in page.sent][1] == "Two"


def test_leaving_the_page_sends_a_last_heartbeat(expected, page):
    """The browser sends it after the page is closed, so the page records no answer."""
    expected.visits, expected.heartbeats = ["/", "/next"], 3
    page.goto("/")
    wait_until_sent(page, 1)
    page.clock.run_for(5_000)
    page.get_by_role("link").click()
    page.wait_for_timeout(1000)


@pytest.mark.parametrize(
    "wish",
    [
        'Object.defineProperty(navigator, "doNotTrack", {value: "1"})',
        'Object.defineProperty(navigator, "globalPrivacyControl", {value: true})',
    ],
)
def test_a_visitor_who_objects_to_tracking_is_not_tracked(expected, page, wish):
    expected.visits = []
    page.add_init_script(wish)
    page.goto("/")
    page.clock.run_for(60_000)
    assert sent_after_a_pause(page) == []


def test_nothing_is_kept_in_the_browser(page):
    page.goto("/")
    wait_until_sent(page, 1)
    assert page.context.cookies() == []
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]


def test_blocked_storage_and_a_blocked_beacon_are_no_error(page):
    page.add_init_script("""
        for (const name of ["localStorage", "sessionStorage"])
            Object.defineProperty(window, name, {get() { throw new DOMException("denied", "SecurityError"); }});
        Object.defineProperty(document, "cookie", {get() { throw new DOMException("denied", "SecurityError"); }});
        navigator.sendBeacon = () => { throw new Error("blocked"); };""")
    page.goto("/")
    assert sent_after_a_pause(page) == []


def test_without_send_beacon_fetch_is_used(expected, page):
    expected.visits = ["/"]
    page.add_init_script("navigator.sendBeacon = () => false")
    page.goto("/")
    assert wait_until_sent(page, 1) == [("/", False)]
    assert page.answers == [202]


def test_a_server_that_is_down_is_no_error_on_the_page(page):
    page.route("**/api/collect**", lambda route: route.abort("connectionrefused"))
    page.goto("/")
    page.clock.run_for(20_000)
    assert sent_after_a_pause(page) == [("/", False), ("/", True)]
    assert page.failures == []
