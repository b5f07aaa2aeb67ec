"""The live page, whose numbers refresh while its tab is visible."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from analytics.tests.browser.conftest import NARROW, NOON, open_page, table_rows, wait_until_filled
from analytics.tests.browser.fake_live_api import ANSWER, HOSTILE, SITES, FakeLiveApi

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


RECORD_CHART_TEXTS = """
    const { fillText, clearRect } = CanvasRenderingContext2D.prototype;
    Object.assign(CanvasRenderingContext2D.prototype, {
        fillText(text, ...rest) { window.chartTexts.push(text); fillText.call(this, text, ...rest); },
        clearRect(...rest) { window.chartTexts = []; clearRect.call(this, ...rest); },
    });
    window.chartTexts = [];
"""
"""Keeps the texts of the last drawing of the chart in `chartTexts`."""


@pytest.fixture
def live(page):
    """Open the live page with fixed numbers and its clock stopped one minute after noon."""
    page.fake_api = FakeLiveApi(page)
    page.clock.install(time=NOON)
    page.goto("/dashboard/live/")
    wait_until_filled(page)
    page.clock.pause_at(NOON.replace(minute=1))
    wait_for_answer(page)
    return page


def wait_for_answer(page):
    """Wait until the page shows the latest answer, so that only the clock triggers the next request."""
    for _ in range(100):
        if page.locator("#visitors").text_content() == str(16 + len(page.fake_api.hosts)):
            return
        page.wait_for_timeout(50)
    raise AssertionError("the page never shows the latest answer")


@pytest.fixture
def visited(reader, client, settings):
    """Send three visitors of one page, as a server would, one of them from a search."""
    settings.IDEEZA_API_OPEN, settings.IDEEZA_SNAPSHOT_SECONDS = True, 1
    for visitor in ("ann", "bob", "cleo"):
        visit = {"domain": "real.example.org", "path": "/cats", "subject": "Cats", "visitor": visitor}
        visit["referrer"] = "https://google.com/" if visitor == "ann" else ""
        assert client.post("/api/visits/", visit, content_type="application/json").status_code == 201
    settings.IDEEZA_API_OPEN = False


def test_real_visitors_appear_without_a_reload(visited, page):
    page.goto("/dashboard/live/")
    expect(page.locator("#visitors")).to_have_text("3", timeout=15_000)
    assert table_rows(page, "pages")[0][:2] == ["Cats/cats\nfrom google.com 1", "3"]
    assert page.failures == []


def hide(page, hidden):
    page.evaluate(
        """hidden => {
            Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def test_visitors_pages_and_their_changes_are_shown(live):
    expect(live.locator("#visitors")).to_have_text(str(16 + len(live.fake_api.hosts)))
    expect(live.locator("#now footer")).to_have_text("As of 10 Mar, 17:30:00 GMT+5:30 · a snapshot every 5 s")
    assert [row[1:3] for row in table_rows(live, "pages")] == [["12", "+3"], ["5", "−2"], ["1", "new"]]
    assert live.locator("#pages .sparkline").count() == 3
    assert [row[1:] for row in table_rows(live, "rising")] == [["12", "+3"]]
    assert [row[1:] for row in table_rows(live, "falling")] == [["5", "−2"]]
    assert live.failures == []


def test_changes_are_explained_in_words_and_pages_say_from_where_their_visitors_came(live):
    notes = live.locator("#pages .note")
    assert notes.first.inner_text() == "from google.com 4, <i>.example 1"
    assert notes.count() == 2
    for measure, rising, falling in (
        ("Difference", "3 more visitors than 5 seconds ago", "2 fewer visitors than 5 seconds ago"),
        (
            "Smoothed",
            "3 more visitors on average in the last 25 seconds than in those before",
            "2 fewer visitors on average in the last 25 seconds than in those before",
        ),
        ("Relative", "3.9 times what is usual at this hour (3)", "5 instead of the usual 9.5 at this hour"),
    ):
        live.get_by_role("link", name=measure).click()
        expect(live.locator("#rising .note")).to_have_text(rising)
        expect(live.locator("#falling .note")).to_have_text(falling)
    assert live.failures == []


def test_the_relative_measure_says_that_it_is_still_learning(page):
    api = FakeLiveApi(page)
    api.answer = ANSWER | {"pages": [each | {"usual": None} for each in ANSWER["pages"]], "rising": [], "falling": []}
    open_page(page, "/dashboard/live/?measure=relative")
    expect(page.locator("#rising")).to_contain_text("Still learning what is usual here")


def test_numbers_refresh_every_five_seconds(live):
    requests = len(live.fake_api.hosts)
    live.clock.run_for(5_000)
    expect(live.locator("#visitors")).to_have_text(str(16 + requests + 1))
    wait_for_answer(live)
    live.clock.run_for(5_000)
    expect(live.locator("#visitors")).to_have_text(str(16 + requests + 2))


def test_a_hidden_tab_sends_no_request_and_a_visible_one_sends_one_at_once(live):
    hide(live, True)
    requests = len(live.fake_api.hosts)
    live.clock.run_for(60_000)
    assert len(live.fake_api.hosts) == requests
    hide(live, False)
    expect(live.locator("#visitors")).to_have_text(str(16 + requests + 1))


def test_a_server_that_is_down_is_reported_and_requested_less_and_less_often(live):
    live.fake_api.is_down = True
    live.clock.run_for(5_000)
    notice = live.locator("#notice")
    expect(notice).to_have_text("The server cannot be reached. Showing numbers from 17:30:00. Retrying in 10 s.")
    live.clock.run_for(10_000)
    expect(notice).to_contain_text("Retrying in 20 s.")
    live.fake_api.is_down = False
    live.clock.run_for(20_000)
    expect(notice).to_be_hidden()


@pytest.mark.parametrize("points", [1, 3, 30, 180])
def test_no_time_label_is_repeated_on_the_chart(page, monkeypatch, points):
    times = [NOON - timedelta(seconds=5 * n) for n in reversed(range(points))]
    series = [[f"{time:%Y-%m-%dT%H:%M:%SZ}", 4] for time in times]
    monkeypatch.setitem(ANSWER, "series", series)
    page.add_init_script(RECORD_CHART_TEXTS)
    FakeLiveApi(page)
    open_page(page, "/dashboard/live/")
    page.wait_for_timeout(200)  # uPlot draws in the next frame
    labels = [text for text in page.evaluate("chartTexts") if ":" in text]
    assert len(set(labels)) == len(labels) >= 2


def test_site_and_measure_are_in_the_url(live):
    live.get_by_label("Site").select_option(SITES[1])
    live.get_by_role("link", name="Smoothed").click()
    expect(live.locator("#measure-meaning")).to_contain_text("five snapshots")
    assert live.url.endswith("?host=shop.example.org&measure=smoothed")
    live.go_back()
    live.go_back()
    expect(live.get_by_label("Site")).to_have_value(SITES[0])
    assert live.fake_api.hosts[-1] == SITES[0]
    assert set(live.fake_api.measures) == {"difference", "smoothed"}


def test_html_in_a_page_title_is_shown_as_text(live):
    assert table_rows(live, "pages")[1][0].startswith(HOSTILE.strip()[:60])
    assert live.locator("#pages table b").count() == 0


def test_long_titles_and_paths_fit_a_phone(browse):
    page = browse(NARROW)
    FakeLiveApi(page)
    page.goto("/dashboard/live/")
    wait_until_filled(page)
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW["width"]


def test_without_a_site_the_page_says_how_to_add_one(page):
    FakeLiveApi(page, sites=[])
    page.goto("/dashboard/live/")
    expect(page.locator("#pages")).to_contain_text("No site has sent a visit yet")
    assert page.failures == []
