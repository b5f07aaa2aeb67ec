"""The live page: numbers that renew themselves while somebody looks."""

import pytest
from playwright.sync_api import expect

from analytics.tests.dashboard.conftest import NARROW, NOON, rows, settled
from analytics.tests.dashboard.planted import MEAN, SITES, Planted

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def live(page):
    """The live page of planted numbers, its clock stopped at noon."""
    page.planted = Planted(page)
    page.clock.install(time=NOON)
    page.goto("/dashboard/live/")
    settled(page)
    page.clock.pause_at(NOON.replace(minute=1))
    answered(page)
    return page


def answered(page):
    """Waits until what was asked so far is shown: then the next question waits for the clock, and for nothing else."""
    for _ in range(100):
        if page.locator("#visitors").text_content() == str(16 + len(page.planted.hosts)):
            return
        page.wait_for_timeout(50)
    raise AssertionError("what was asked is never shown")


@pytest.fixture
def visited(reader, client, settings):
    """Three visitors of one page, sent as a server sends them."""
    settings.IDEEZA_API_OPEN, settings.IDEEZA_SNAPSHOT_SECONDS = True, 1
    for visitor in ("ann", "bob", "cleo"):
        visit = {"domain": "real.example.org", "path": "/cats", "subject": "Cats", "visitor": visitor}
        assert client.post("/api/visits/", visit, content_type="application/json").status_code == 201
    settings.IDEEZA_API_OPEN = False


def test_real_visitors_appear_without_a_reload(visited, page):
    page.goto("/dashboard/live/")
    expect(page.locator("#visitors")).to_have_text("3", timeout=15_000)
    assert rows(page, "pages")[0][:2] == ["Cats/cats", "3"]
    assert page.failures == []


def hide(page, hidden):
    page.evaluate(
        """hidden => {
            Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def test_visitors_pages_and_their_moves_are_shown(live):
    expect(live.locator("#visitors")).to_have_text(str(16 + len(live.planted.hosts)))
    expect(live.locator("#now footer")).to_have_text("As of 10 Mar, 17:30:00 GMT+5:30 · a snapshot every 5 s")
    assert [row[1:3] for row in rows(live, "pages")] == [["12", "+3"], ["5", "−2"], ["1", "new"]]
    assert live.locator("#pages .sparkline").count() == 3
    assert [row[1:] for row in rows(live, "rising")] == [["12", "+3"]]
    assert [row[1:] for row in rows(live, "falling")] == [["5", "−2"]]
    assert live.failures == []


def test_numbers_renew_themselves_every_five_seconds(live):
    asked = len(live.planted.hosts)
    live.clock.run_for(5_000)
    expect(live.locator("#visitors")).to_have_text(str(16 + asked + 1))
    answered(live)
    live.clock.run_for(5_000)
    expect(live.locator("#visitors")).to_have_text(str(16 + asked + 2))


def test_a_hidden_tab_asks_for_nothing_and_one_that_returns_asks_at_once(live):
    hide(live, True)
    asked = len(live.planted.hosts)
    live.clock.run_for(60_000)
    assert len(live.planted.hosts) == asked
    hide(live, False)
    expect(live.locator("#visitors")).to_have_text(str(16 + asked + 1))


def test_a_server_that_is_gone_is_said_and_asked_ever_more_rarely(live):
    live.planted.gone = True
    live.clock.run_for(5_000)
    notice = live.locator("#notice")
    expect(notice).to_have_text(
        "The server can not be reached. The numbers are those of 17:30:00. Asking again in 10 s."
    )
    live.clock.run_for(10_000)
    expect(notice).to_contain_text("Asking again in 20 s.")
    live.planted.gone = False
    live.clock.run_for(20_000)
    expect(notice).to_be_hidden()


def test_site_and_measure_stand_in_the_address(live):
    live.get_by_label("Site").select_option(SITES[1])
    live.get_by_role("link", name="Smoothed").click()
    expect(live.locator("#meaning")).to_contain_text("five snapshots")
    assert live.url.endswith("?host=shop.example.org&measure=smoothed")
    live.go_back()
    live.go_back()
    expect(live.get_by_label("Site")).to_have_value(SITES[0])
    assert live.planted.hosts[-1] == SITES[0]
    assert set(live.planted.measures) == {"difference", "smoothed"}


def test_what_a_page_calls_itself_stays_a_text(live):
    assert rows(live, "pages")[1][0].startswith(MEAN.strip()[:60])
    assert live.locator("#pages table b").count() == 0


def test_long_titles_and_paths_do_not_widen_a_phone(browse):
    page = browse(NARROW)
    Planted(page)
    page.goto("/dashboard/live/")
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW["width"]


def test_without_a_site_it_says_how_to_have_one(page):
    Planted(page, sites=[])
    page.goto("/dashboard/live/")
    expect(page.locator("#pages")).to_contain_text("No site has sent a visit yet")
    assert page.failures == []
