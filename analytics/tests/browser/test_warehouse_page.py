"""The blog views page in a browser, on real data."""

import csv
import io
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from playwright.sync_api import expect

from analytics.dashboard import views
from analytics.models import Blog, BlogView
from analytics.tests.browser.conftest import NARROW, open_page, table_rows, totals, wait_until_filled
from analytics.tests.ingest.flow.test_import_views import LOG

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ALL = "/dashboard/warehouse/?range=all"
HOSTILE = '<img src=x onerror=alert(1)>="1"+1'
LONG = "A title that goes on and on, " * 10


def downloaded_csv(page, panel):
    """Click the CSV button of a panel, and return the rows of the file."""
    with page.expect_download() as download:
        page.locator(f"#{panel}").get_by_role("button", name="CSV").click()
    return list(csv.reader(io.StringIO(download.value.path().read_text(encoding="utf-8-sig"))))


@pytest.fixture
def hostile_titles(warehouse):
    Blog.objects.filter(id=warehouse["one"].id).update(title=HOSTILE)
    Blog.objects.filter(id=warehouse["two"].id).update(title=LONG)
    Blog.objects.filter(id=warehouse["three"].id).update(title="=HYPERLINK(1)")
    return warehouse


def test_every_panel_shows_what_the_api_answers(warehouse, page):
    open_page(page, ALL)
    assert totals(page) == {"Views": "9", "Visitors": "0", "Distinct blogs": "3", "Authors": "2", "Countries": "2"}
    assert table_rows(page, "countries") == [
        ["Germany", "4", "44.4%", "0", "2"],
        ["Unknown", "3", "33.3%", "0", "2"],
        ["United States", "2", "22.2%", "0", "1"],
    ]
    assert table_rows(page, "blogs") == [["Cats", "6", "66.7%"], ["Dogs", "2", "22.2%"], ["Cats", "1", "11.1%"]]
    assert table_rows(page, "authors") == [["ann", "7", "77.8%", "2"], ["bob", "2", "22.2%", "1"]]
    page.get_by_text("As a table").click()
    assert table_rows(page, "time")[0] == ["Week of 4 Mar 2024 · so far", "2", "0.0%", "2"]
    assert table_rows(page, "time")[-1] == ["Week of 29 Jan 2024", "5", "–", "1"]
    assert page.failures == []


def test_panels_show_their_freshness_in_the_viewers_time_zone(warehouse, page):
    open_page(page, ALL)
    for panel in ("time", "countries", "blogs", "authors"):
        expect(page.locator(f"#{panel} footer")).to_contain_text("As of 10 Mar, 17:30:00 GMT+5:30up to date")


@pytest.fixture
def changed(warehouse):
    BlogView.objects.create(blog=warehouse["one"], timestamp=datetime(2024, 3, 5, 8, tzinfo=UTC))
    BlogView.objects.create(blog=warehouse["one"], timestamp=datetime(2024, 2, 20, 8, tzinfo=UTC))


def test_days_that_changed_since_are_found_and_marked(changed, page):
    open_page(page, "/dashboard/warehouse/?range=month&by=day")
    expect(page.locator("#blogs footer")).to_contain_text("2 days changed since")
    page.get_by_text("Changed since the roll-up").wait_for()
    page.get_by_text("As a table").click()
    page.get_by_role("button", name="Show all").first.click()
    marked = [row[0] for row in table_rows(page, "time") if "changed since" in row[0]]
    assert marked == ["Tue, 5 Mar 2024 · changed since", "Tue, 20 Feb 2024 · changed since"]


def test_a_click_on_a_row_filters_and_the_back_button_undoes_it(warehouse, page):
    open_page(page, ALL)
    page.locator("#countries").get_by_role("link", name="Germany").click()
    wait_until_filled(page)
    assert totals(page)["Views"] == "4"
    assert page.url.endswith("?range=all&country=DE")
    page.locator("#authors").get_by_role("link", name="ann").click()
    expect(page.locator("#chips")).to_contain_text("Author: ann")
    page.go_back()
    page.go_back()
    wait_until_filled(page)
    assert totals(page)["Views"] == "9"
    expect(page.locator("#chips li")).to_have_count(0)


def test_a_filter_is_added_and_removed_by_keyboard(warehouse, page):
    open_page(page, ALL)
    page.get_by_label("Excluding").focus()
    page.keyboard.type("germany")
    page.keyboard.press("Enter")
    expect(page.locator("#chips")).to_contain_text("Excluding Germany")
    expect(page.locator("#totals .total").first).to_have_text("5")
    page.get_by_role("link", name="Remove the filter Excluding Germany").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#totals .total").first).to_have_text("9")
    assert page.url.endswith("?range=all")


def test_unknown_is_a_country_to_filter_by(warehouse, page):
    open_page(page, f"{ALL}&country=Unknown&country=DE&not=US")
    assert [row[0] for row in table_rows(page, "countries")] == ["Germany", "Unknown"]
    open_page(page, f"{ALL}&not=Unknown")
    assert totals(page)["Views"] == "6"


def test_presets_and_steps_are_links(warehouse, page):
    open_page(page, ALL)
    page.get_by_role("link", name="2024", exact=True).click()
    page.get_by_role("link", name="Months", exact=True).click()
    wait_until_filled(page)
    assert page.url.endswith("?year=2024&by=month")
    page.get_by_text("As a table").click()
    assert table_rows(page, "time") == [
        ["March 2024 · so far", "3", "0.0%", "2"],
        ["February 2024", "3", "0.0%", "1"],
        ["January 2024", "3", "–", "1"],
    ]


def test_dates_replace_the_preset_in_the_url(warehouse, page):
    open_page(page, ALL)
    page.get_by_label("From").fill("2024-02-01")
    page.get_by_label("To", exact=True).fill("2024-02-29")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#period")).to_have_text("1 – 29 Feb 2024 · 29 days · UTC")
    wait_until_filled(page)
    assert totals(page)["Views"] == "3"
    assert page.url.endswith("?from=2024-02-01&to=2024-02-29")
    expect(page.locator("#totals .comparison").first).to_have_text("0.0% vs 1 – 31 Jan 2024")


def test_the_arrow_keys_move_along_the_chart(warehouse, page):
    open_page(page, f"{ALL}&by=month")
    page.locator("#time .chart").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#time .readout")).to_contain_text("February 2024")


def test_html_in_a_blog_title_is_shown_as_text(hostile_titles, page):
    open_page(page, ALL)
    assert [row[0] for row in table_rows(page, "blogs")] == [HOSTILE, "=HYPERLINK(1)", LONG.strip()]
    assert page.locator("#blogs img").count() == 0
    assert page.failures == []


def test_a_csv_file_has_every_row_and_no_formula(hostile_titles, page):
    open_page(page, ALL)
    ids = [str(hostile_titles[name].id) for name in ("one", "three", "two")]
    assert downloaded_csv(page, "blogs") == [
        ["blog.id", "blog.title", "blog.url", "views"],
        [ids[0], HOSTILE, "", "6"],
        [ids[1], "'=HYPERLINK(1)", "", "2"],
        [ids[2], LONG, "", "1"],
    ]
    assert downloaded_csv(page, "countries")[1:3] == [["DE", "DE", "4", "2", "0"], ["", "", "3", "2", "0"]]
    assert downloaded_csv(page, "time")[1] == ["2024-01-29", "2024-02-04", "5", "0", "1"]
    assert downloaded_csv(page, "authors")[1] == ["ann", "7", "2"]


def test_a_very_long_title_fits_a_phone(hostile_titles, browse):
    page = open_page(browse(NARROW), ALL)
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW["width"]


def test_an_empty_database_says_what_to_do(reader, page):
    open_page(page, "/dashboard/warehouse/", now=None)
    assert set(totals(page).values()) == {"0"}
    expect(page.locator("#time")).to_contain_text("Nothing has been rolled up yet")
    assert page.failures == []


def test_an_empty_period_says_where_the_views_are(warehouse, page):
    open_page(page, "/dashboard/warehouse/?year=2019")
    expect(page.locator("#time")).to_contain_text("There are some from 31 Jan 2024 to 10 Mar 2024.")
    page.get_by_role("link", name="Show all time").click()
    expect(page.locator("#totals .total").first).to_have_text("9")


def test_a_filter_without_any_match_says_so(warehouse, page):
    open_page(page, "/dashboard/warehouse/?range=all&author=nobody")
    expect(page.locator("#time")).to_contain_text("There are none in any other period either.")


def test_a_rejected_request_is_shown_with_its_reason(warehouse, page):
    open_page(page, "/dashboard/warehouse/?year=1999")
    expect(page.locator("#time")).to_contain_text("year: Ensure this value is greater than or equal to 2000.")


def test_a_failed_request_is_shown_and_can_be_retried(warehouse, page):
    page.route("**/api/analytics/**", lambda route: route.abort())
    open_page(page, ALL)
    expect(page.locator("#blogs [role=alert]")).to_contain_text("cannot be reached")
    page.unroute("**/api/analytics/**")
    page.locator("#blogs").get_by_role("button", name="Try again").click()
    expect(page.locator("#totals .total").first).to_have_text("9")


@pytest.fixture
def expired_token(monkeypatch):
    """Give the page an access token that has expired, and a valid refresh token."""
    good = views.create_tokens
    monkeypatch.setattr(views, "create_tokens", lambda user: {**good(user), "access": "worn.out.token"})


def test_an_expired_token_is_refreshed_once_without_the_user(expired_token, warehouse, page):
    open_page(page, ALL)
    assert totals(page)["Views"] == "9"
    assert len([url for url in page.requested_urls if url.endswith("/api/token/refresh/")]) == 1


def test_a_user_whose_session_has_ended_signs_in_and_returns(warehouse, page):
    page.clock.install(time=datetime(2024, 3, 10, 12, tzinfo=UTC))
    page.goto(ALL)
    wait_until_filled(page)
    page.clock.fast_forward(60_000)
    page.route("**/api/**", lambda route: route.fulfill(status=401, json={"detail": "no"}))
    page.route("**/dashboard/login/**", lambda route: route.fulfill(body="sign in", content_type="text/html"))
    page.get_by_role("link", name="7 days").click()
    page.wait_for_url("**/dashboard/login/?next=%2Fdashboard%2Fwarehouse%2F%3Frange%3Dweek")


def test_tokens_stay_out_of_urls_and_storage(warehouse, page):
    open_page(page, ALL)
    assert not any("eyJ" in url for url in page.requested_urls)
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert "eyJ" not in page.evaluate("document.cookie")


def test_nothing_is_requested_from_other_hosts(warehouse, page, live_server):
    open_page(page, ALL)
    page.get_by_role("link", name="12 months").click()
    wait_until_filled(page)
    assert [url for url in page.requested_urls if not url.startswith((live_server.url, "blob:", "data:"))] == []
    assert page.failures == []


@pytest.fixture
def seeded(reader):
    call_command("seed_data")
    call_command("precalculate_stats")


def test_all_ten_thousand_seeded_views_are_counted(seeded, page):
    open_page(page, ALL, now=None)
    assert totals(page)["Views"] == "10,000"
    page.get_by_label("Number of countries on a page").select_option("100")
    assert len(table_rows(page, "countries")) == 100
    expect(page.locator("#countries .table-pager")).to_contain_text("1–100 of 201 countries")
    assert page.failures == []


@pytest.fixture
def imported(reader):
    call_command("import_views", str(LOG), "--host", "semicomplete.com")
    call_command("precalculate_stats")


def test_an_imported_log_is_shown_by_day(imported, page):
    open_page(page, ALL, now=None)
    found = totals(page)
    assert 850 < int(found.pop("Visitors").replace(",", "")) < 1050
    assert found == {"Views": "1,583", "Distinct blogs": "230", "Authors": "1", "Countries": "73"}
    assert len(downloaded_csv(page, "time")) == 5
    assert page.failures == []


def add_blogs(author, number):
    blogs = [Blog(title=f"Blog {n:04}", author=author) for n in range(number)]
    Blog.objects.bulk_create(blogs)
    at = datetime(2024, 3, 5, 8, tzinfo=UTC)
    BlogView.objects.bulk_create(BlogView(blog=blog, timestamp=at) for blog in blogs)
    call_command("precalculate_stats", verbosity=0)


@pytest.fixture
def more_blogs_than_the_panel_lists(warehouse):
    add_blogs(warehouse["one"].author, 700)
    add_blogs(User.objects.create_user("cyd"), 600)


def test_a_csv_has_more_blogs_than_the_panel_lists(more_blogs_than_the_panel_lists, page):
    page.route("**/query_api.js", lambda route: route.fulfill(response=(got := route.fetch()), body=small_pages(got)))
    open_page(page, ALL)
    assert totals(page)["Distinct blogs"] == "1,303"
    expect(page.locator("#blogs .table-pager")).to_contain_text("1–10 of 1,303 blogs")
    rows = downloaded_csv(page, "blogs")[1:]
    assert len({row[0] for row in rows}) == len(rows) == 1303
    assert [int(views) for *_, views in rows] == sorted((int(views) for *_, views in rows), reverse=True)
    assert page.failures == []


def small_pages(response):
    """Return the script with pages of 500 rows, of which the CSV file then has three."""
    return response.text().replace("MAX_ROWS = 10_000", "MAX_ROWS = 500")


def test_a_csv_that_cannot_be_had_is_not_saved_and_says_why(warehouse, page):
    open_page(page, ALL)
    page.route("**/api/analytics/query/", lambda route: route.abort())
    page.locator("#blogs").get_by_role("button", name="CSV").click()
    expect(page.locator("#notice")).to_contain_text("Views by blog as CSV: The server cannot be reached.")


@pytest.mark.parametrize(
    "name, wrong",
    [
        ("warehouse", "range=today"),
        ("warehouse", "year=now"),
        ("warehouse", "from=2024-02-31"),
        ("warehouse", "by=minute"),
        ("events", "range=constructor"),
        ("events", "page=last"),
    ],
)
def test_an_unknown_word_in_the_address_is_named_and_the_default_shown(warehouse, page, name, wrong):
    open_page(page, f"/dashboard/{name}/?{wrong}")
    expect(page.locator("#notice")).to_contain_text(f"The address says {wrong}")
    expect(page.locator("#period")).to_have_text("10 Feb – 10 Mar 2024 · 30 days · UTC")
    expect(page.locator("#presets [aria-current]")).to_have_text("30 days")
    page.get_by_role("link", name="30 days").click()
    expect(page.locator("#notice")).to_be_hidden()
    assert page.failures == []
