"""The tracker in a real browser, on pages of another origin."""

import pytest
from playwright.sync_api import sync_playwright

from analytics.access.flow import authenticate_key
from analytics.access.flow.create_key import create_key
from analytics.ingest.api.tracker import SOURCE
from analytics.models import Heartbeat, Page, Visit
from analytics.tests.browser.other_site import serve_pages

pytestmark = [
    pytest.mark.browser,
    pytest.mark.sqlite,
    pytest.mark.django_db(transaction=True),
]  # nothing here depends on the database


AGENT = "Mozilla/5.0 (X11; Linux x86_64) Chrome/130 Safari/537.36"
"""The default one names headless Chromium, which makes it a bot."""


HTML = """<!doctype html><title>Shop</title><a href="/next">Next</a>
<script src="{api}/tracker.js" data-key="{key}" defer></script>"""
OTHER_PAGES = {
    "/app": """<!doctype html><title>App</title>
        <script src="{api}/tracker.js" data-key="{key}" data-hash defer></script>""",
    "/module": """<!doctype html><title>Module</title>
        <script type="module" src="{api}/tracker.js?v=a/b" data-key="{key}"></script>""",
    "/bundle": """<!doctype html><title>Bundle</title><script data-api="{api}/" data-key="{key}"></script>
        <script type="module">import "/bundle.js";</script>""",
    "/bundle.js": SOURCE.read_text().replace("{", "{{").replace("}", "}}"),
    "/pair": "<!doctype html><title>" + "x" * 299 + "\U0001f600\U0001f600</title>"
    """<script src="{api}/tracker.js" data-key="{key}" defer></script>""",
}


HIDE = """state => {
    Object.defineProperty(document, "visibilityState", {value: state, configurable: true});
    Object.defineProperty(document, "hidden", {value: state == "hidden", configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""
OPEN_HIDDEN = """
    Object.defineProperty(document, "visibilityState", {value: "hidden", configurable: true});
    Object.defineProperty(document, "hidden", {value: true, configurable: true});"""


@pytest.fixture
def key(settings, live_server):
    """Create a key for pages of this host, and close the API to requests without a key."""
    settings.IDEEZA_API_OPEN = False
    authenticate_key.clear_cache()
    return create_key("shop", ["127.0.0.1"], ["collect"])


@pytest.fixture
def site(key, live_server):
    """Serve pages from another origin that load our script, and return their address."""
    with serve_pages(lambda path: OTHER_PAGES.get(path, HTML).format(api=live_server.url, key=key)) as address:
        yield address


@pytest.fixture
def page(chromium, site):
    """Open a page that records what it sends and its errors. `page` is the last fixture of a test."""
    with sync_playwright() as playwright:
        browser = launch(playwright, chromium)
        page = watched(browser.new_page(base_url=site))
        page.clock.install()
        yield page
        assert page.failures == []
        browser.close()


def launch(playwright, chromium, **options):
    return playwright.chromium.launch(
        executable_path=chromium, args=["--no-sandbox", f"--user-agent={AGENT}"], **options
    )


def watched(page):
    """Record what a page sends, the answers, and its errors."""
    page.sent, page.failures, page.answers = [], [], []
    page.on("request", lambda asked: "collect" in asked.url and page.sent.append(asked.post_data_json))
    page.on("response", lambda answer: "collect" in answer.url and page.answers.append(answer.status))
    page.on("pageerror", lambda error: page.failures.append(str(error)))
    return page


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
        self.visits, self.heartbeats, self.titles = None, None, None


@pytest.fixture
def expected(transactional_db):
    """Return an object that takes what must be stored, and compare it with the database once the browser is closed."""
    rows = ExpectedRows()
    yield rows
    if rows.visits is not None:
        assert sorted(Visit.objects.values_list("page__path", flat=True)) == sorted(rows.visits)
    if rows.titles is not None:
        assert dict(Page.objects.values_list("path", "subject")) == rows.titles
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
    page.add_init_script(OPEN_HIDDEN)
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


def test_blocked_storage_is_no_error(page):
    page.add_init_script("""
        for (const name of ["localStorage", "sessionStorage"])
            Object.defineProperty(window, name, {get() { throw new DOMException("denied", "SecurityError"); }});
        Object.defineProperty(document, "cookie", {get() { throw new DOMException("denied", "SecurityError"); }});""")
    page.goto("/")
    assert wait_until_sent(page, 1) == [("/", False)]


@pytest.mark.parametrize("beacon", ["() => false", '() => { throw new Error("blocked"); }', "undefined"])
def test_without_send_beacon_fetch_is_used(expected, page, beacon):
    expected.visits = ["/"]
    page.add_init_script(f"navigator.sendBeacon = {beacon}")
    page.goto("/")
    assert wait_until_sent(page, 1) == [("/", False)]
    assert page.answers == [202]


def test_a_server_that_is_down_is_no_error_on_the_page(page):
    page.route("**/api/collect**", lambda route: route.abort("connectionrefused"))
    page.goto("/")
    page.clock.run_for(20_000)
    assert sent_after_a_pause(page) == [("/", False), ("/", True)]
    assert page.failures == []


def test_a_page_restored_from_the_cache_of_the_browser_is_a_view(expected, chromium, site):
    """Playwright switches this cache off, and so does its clock: the browser goes back in its own time."""
    expected.visits = ["/", "/", "/next"]
    with sync_playwright() as playwright:
        browser = launch(playwright, chromium, ignore_default_args=["--disable-back-forward-cache"])
        page = watched(browser.new_page(base_url=site))
        page.add_init_script("addEventListener('pageshow', event => { window.restored = event.persisted; })")
        page.goto("/")
        page.evaluate("window.stayed = true")
        page.goto("/next")
        page.evaluate("history.back()")
        page.wait_for_url("**/", wait_until="commit")
        page.wait_for_timeout(1000)
        assert page.evaluate("[window.restored, window.stayed]") == [True, True]
        browser.close()
        assert page.failures == []


def test_the_title_of_a_view_within_the_page_is_awaited(expected, page):
    expected.titles = {"/": "Shop", "/two": "Two", "/three": "Three"}
    page.goto("/")
    wait_until_sent(page, 1)
    page.evaluate("history.pushState({}, '', '/two'); setTimeout(() => { document.title = 'Two'; }, 700)")
    assert wait_until_sent(page, 2)[1:] == [("/two", False)]
    page.evaluate("history.replaceState({}, '', '/three'); document.title = 'Three'")
    wait_until_sent(page, 3)
    assert [each["subject"] for each in page.sent] == ["Shop", "Two", "Three"]


def test_a_title_that_comes_late_is_corrected_by_the_next_beat(expected, page):
    expected.titles = {"/": "Shop", "/two": "Two"}
    page.goto("/")
    wait_until_sent(page, 1)
    page.evaluate("history.pushState({}, '', '/two'); setTimeout(() => { document.title = 'Two'; }, 5000)")
    page.clock.run_for(1_500)
    assert wait_until_sent(page, 2)[1:] == [("/two", False)]
    page.clock.run_for(15_000)
    wait_until_sent(page, 3)


def test_a_page_that_is_left_before_its_title_came_is_a_view(expected, page):
    expected.visits, expected.titles = ["/", "/two", "/three"], {"/": "Shop", "/two": "", "/three": "Three"}
    page.goto("/")
    wait_until_sent(page, 1)
    page.evaluate("history.pushState({}, '', '/two')")
    page.evaluate("history.pushState({}, '', '/three'); document.title = 'Three'")
    assert wait_until_sent(page, 3)[1:] == [("/two", False), ("/three", False)]


def test_a_redirect_within_the_page_is_one_view(expected, page):
    expected.visits = ["/", "/login"]
    page.goto("/")
    wait_until_sent(page, 1)
    page.evaluate("""history.pushState({}, '', '/account'); history.replaceState({}, '', '/login');
        document.title = 'Login'""")
    wait_until_sent(page, 2)
    assert sent_after_a_pause(page) == [("/", False), ("/login", False)]


def test_routes_in_the_hash_are_views_where_the_page_says_so(expected, page):
    expected.visits = ["/app", "/app#/a", "/app#/%D0%BF"]
    page.goto("/app")
    wait_until_sent(page, 1)
    page.evaluate("location.hash = '/a'; document.title = 'A'")
    wait_until_sent(page, 2)
    page.evaluate("location.hash = '/\u043f'; document.title = 'P'")
    wait_until_sent(page, 3)
    assert sent_after_a_pause(page)[1:] == [("/app#/a", False), ("/app#/%D0%BF", False)]
    assert page.answers == [202] * 3


def test_an_anchor_is_no_view(page):
    page.goto("/")
    wait_until_sent(page, 1)
    page.evaluate("location.hash = 'top'")
    assert sent_after_a_pause(page) == [("/", False)]


@pytest.mark.parametrize("path", ["/module", "/bundle"])
def test_the_tracker_works_as_a_module_and_in_a_bundle(expected, page, path):
    expected.visits = [path]
    page.goto(path)
    assert wait_until_sent(page, 1) == [(path, False)]
    assert page.answers == [202]


def test_a_title_is_not_cut_inside_a_character(expected, page):
    title = "x" * 299 + "\U0001f600"
    expected.titles = {"/pair": title}
    page.goto("/pair")
    wait_until_sent(page, 1)
    assert (page.sent[0]["subject"], page.answers) == (title, [202])


def test_a_path_is_not_cut_inside_an_escape(expected, page):
    path = "/" + "%D0%BF" * 110
    expected.visits = [path[:598]]
    page.goto(path)
    wait_until_sent(page, 1)
    assert page.answers == [202]


def test_a_view_says_where_its_visitor_comes_from_once(page, site):
    page.goto("/next?utm_source=news&utm_medium=email&utm_campaign=%D0%BF&secret=1", referer="https://news.example/a")
    wait_until_sent(page, 1)
    first = page.sent[0]
    assert [first[name] for name in ("utm_source", "utm_medium", "utm_campaign")] == ["news", "email", "\u043f"]
    assert (first["referrer"], first["language"]) == ("https://news.example/a", "en-US")
    assert "secret" not in str(first)
    page.evaluate("history.pushState({}, '', '/two'); document.title = 'Two'")
    wait_until_sent(page, 2)
    assert [page.sent[1][name] for name in ("utm_source", "referrer")] == ["", ""]
    assert page.answers == [202, 202]
