"""The panels of the blog views page: tables, movers, hours of the week, countries by month."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from analytics.datasets import ContextDimension
from analytics.models import Blog, BlogView, Context, Country, DimensionValue, Site, SiteAccess
from analytics.tests.browser.conftest import NARROW, open_page, table_rows, wait_until_filled
from analytics.tests.browser.test_accessibility import serious_violations
from analytics.tests.browser.test_warehouse_page import downloaded_csv
from analytics.warehouse.flow import roll_up

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

JANUARY, FEBRUARY = datetime(2024, 1, 9, 20, tzinfo=UTC), datetime(2024, 2, 9, 8, tzinfo=UTC)
"""A Tuesday evening and a Friday morning."""
ADDRESS = "/dashboard/warehouse/?from=2024-02-01&to=2024-02-29"
BOTH = "/dashboard/warehouse/?from=2024-01-01&to=2024-05-31"
BLOGS = 130


def views_of(number):
    """Return the views of a blog in January and in February."""
    return (number * 7) % 11, (number * 5) % 13


@pytest.fixture
def panels(reader, settings):
    """A blog for each number, each with its own views, from one country in January and from twenty in February."""
    settings.IDEEZA_ROLLUPS = [("country",), ("source",), ("device",), ("hour",)]
    value = {
        (kind, name): DimensionValue.objects.create(dimension=kind, value=name).id
        for kind, name in ((ContextDimension.SOURCE, "News"), (ContextDimension.DEVICE, "mobile"))
    }
    context = Context.objects.create(
        source=value[ContextDimension.SOURCE, "News"], device=value[ContextDimension.DEVICE, "mobile"]
    )
    author = User.objects.create_user("ann")
    blogs = Blog.objects.bulk_create(Blog(title=f"Blog {number:03}", author=author) for number in range(BLOGS))
    codes = ["DE", "FR", "US", "IT", "ES", "PL", "NL", "BE", "AT", "CH", "SE", "NO", "DK", "FI", "PT", "IE"]
    countries = [Country.objects.create(code=code, name=code) for code in codes]
    BlogView.objects.bulk_create(
        BlogView(
            blog=blog,
            country=countries[0] if month == 0 else countries[number % len(countries)],
            context=context if number % 4 else None,
            visitor=(number % 10 + 1) * 0x1E3779B97F4A7C15 % 2**63,
            timestamp=(JANUARY, FEBRUARY)[month] + timedelta(hours=number % 3),
        )
        for number, blog in enumerate(blogs)
        for month in (0, 1)
        for _ in range(views_of(number)[month])
    )
    list(roll_up.roll_up(roll_up.pending_days(), datetime(2024, 3, 10, 12, tzinfo=UTC)))


def by_change(order):
    changes = {f"Blog {n:03}": now - before for n in range(BLOGS) for before, now in [views_of(n)] if now or before}
    return sorted(changes.items(), key=lambda pair: (order * pair[1], pair[0]))


def signed(number):
    return f"{'+' if number > 0 else '−' if number < 0 else ''}{abs(number)}"


def test_a_table_sorts_and_pages_over_every_row_and_saves_all_of_them(panels, page):
    open_page(page, ADDRESS)
    views = {f"Blog {n:03}": now for n in range(BLOGS) for _, now in [views_of(n)] if now}
    expected = sorted(views.items(), key=lambda pair: (-pair[1], pair[0]))
    blogs = page.locator("#blogs")
    assert [(row[0], int(row[1])) for row in table_rows(page, "blogs")] == expected[:10]
    expect(blogs.get_by_role("status")).to_have_text(f"1–10 of {len(views)} blogs")
    blogs.get_by_role("button", name="Previous").press("Enter")  # does nothing on the first page
    blogs.get_by_label("Number of blogs on a page").select_option("25")
    for start in range(25, len(views), 25):
        last = min(start + 25, len(views))
        blogs.get_by_role("button", name="Next blogs").press("Enter")
        expect(blogs.get_by_role("status")).to_have_text(f"{start + 1}–{last} of {len(views)} blogs")
        assert [(row[0], int(row[1])) for row in table_rows(page, "blogs")] == expected[start:last]
    expect(blogs.get_by_role("button", name="Next blogs")).to_be_focused()
    blogs.get_by_role("button", name="Blog", exact=True).click()
    expect(blogs.locator("th[aria-sort]")).to_have_text("Blog")
    expect(blogs.locator("tbody th").first).to_have_text(min(views))
    expect(blogs.locator("tbody th")).to_have_count(25)
    saved = downloaded_csv(page, "blogs")
    assert [row[1] for row in saved] == ["blog.title", *sorted(views)]
    assert page.failures == []


def test_a_row_is_a_filter_and_visitors_are_not_known_under_one_by_author(panels, page):
    open_page(page, ADDRESS)
    assert int(page.locator("#totals dd.total").nth(1).inner_text().split()[0]) == 10
    expect(page.locator("#totals dd.total").nth(1)).to_have_attribute("title", "± 0: the standard error is 1.6%")
    assert table_rows(page, "devices")[0][0] == "Mobile"
    assert [cell.inner_text() for cell in page.locator("#devices thead th").all()] == [
        "Device",
        "Views",
        "Share",
        "Visitors",
        "Blogs",
    ]
    page.locator("#authors").get_by_role("link", name="ann").click()
    wait_until_filled(page)
    expect(page.locator("#totals")).to_contain_text("not counted for single blogs, authors and sites")
    expect(page.locator("#devices thead")).not_to_contain_text("Visitors")
    expect(page.locator("#time .chart-legend")).not_to_contain_text("Visitors")
    assert page.failures == []


def test_visitors_over_time_stand_below_the_views_with_their_error(panels, page):
    open_page(page, f"{BOTH}&by=month")
    time = page.locator("#time")
    expect(time.locator(".chart-legend .visitors")).to_have_text("Visitors, estimated (below)")
    assert time.locator(".chart canvas").count() == 3
    time.locator(".chart").focus()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    expect(time.locator(".readout")).to_contain_text("February 2024")
    expect(time.locator(".readout")).to_contain_text("10 visitors ± 0")
    time.get_by_text("As a table").click()
    assert time.locator("thead th").all_inner_texts() == ["Month", "Views", "Growth", "Visitors", "Distinct blogs"]
    assert {row[0]: row[3] for row in table_rows(page, "time")}["February 2024"] == "10"
    saved = downloaded_csv(page, "time")
    assert saved[0][2:] == ["views", "growth %", "distinct blogs", "visitors (estimated)"]
    assert [row[5] for row in saved[1:3]] == ["10", "10"]
    assert page.failures == []


@pytest.fixture
def restricted(panels, reader):
    """A reader who may see one site, which has some of the blogs."""
    site = Site.objects.create(host="own.example")
    for number in range(0, BLOGS, 2):
        Blog.objects.filter(title=f"Blog {number:03}").update(url=f"own.example/{number}")
    SiteAccess.objects.create(user=reader).sites.add(site)


def test_a_reader_of_some_sites_sees_every_panel_without_visitors(restricted, page):
    open_page(page, ADDRESS)
    expect(page.locator("#totals")).to_contain_text("not counted for single sites, and you see some sites only")
    assert table_rows(page, "authors") == [
        ["ann", f"{sum(views_of(n)[1] for n in range(0, BLOGS, 2))}", "100.0%", "60"]
    ]
    for panel in ("countries", "sources", "devices", "blogs", "hours", "country-periods"):
        assert table_rows(page, panel), panel
    expect(page.locator("main")).not_to_contain_text("Cannot be shown")
    assert page.failures == []


def test_only_an_open_tab_asks_and_one_without_a_roll_up_says_which_would_hold_it(panels, page):
    asked = Counter()
    page.on("request", lambda request: asked.update([request.url]) if "analytics/query" in request.url else None)
    open_page(page, ADDRESS)
    before = asked.total()
    sources = page.locator("#sources")
    sources.get_by_role("tab", name="Sources").focus()
    page.keyboard.press("ArrowRight")
    expect(sources.get_by_role("tab", name="Mediums")).to_be_focused()
    expect(sources).to_contain_text("No declared roll-up holds medium.")
    expect(sources).to_contain_text("Add medium to IDEEZA_ROLLUPS and run manage.py precalculate_stats")
    assert sources.locator("[role=alert]").count() == 0
    assert (before <= 14, asked.total() - before) == (True, 0)  # what no roll-up holds is not asked
    page.locator("#countries").get_by_role("link", name="France").click()
    wait_until_filled(page)
    expect(sources.get_by_role("tab", name="Mediums")).to_have_attribute("aria-selected", "true")


def test_movers_are_those_of_all_blogs_as_a_number_and_in_percent(panels, page):
    open_page(page, ADDRESS)
    movers = page.locator("#movers")
    expect(movers).to_contain_text("31 Jan 2024")
    gained = [[name, signed(change)] for name, change in by_change(-1)[:10]]
    assert [row[:2] for row in table_rows(page, "movers")] == gained
    movers.get_by_role("tab", name="Lost", exact=True).click()
    lost = [[name, signed(change)] for name, change in by_change(1)[:10]]
    expect(movers.locator("tbody th").first).to_have_text(lost[0][0])
    assert [row[:2] for row in table_rows(page, "movers")] == lost
    movers.get_by_role("tab", name="Gained in %").click()
    grown = max((now / before, -n) for n in range(BLOGS) for before, now in [views_of(n)] if before)
    expect(movers.locator("tbody th").first).to_have_text(f"Blog {-grown[1]:03}")
    expect(movers.locator("th[aria-sort]")).to_have_text("%")
    assert table_rows(page, "movers")[0][2] == f"+{100 * (grown[0] - 1):,.1f}%"
    assert page.failures == []


def test_the_hours_of_the_week_are_a_table_that_the_arrow_keys_walk_through(panels, page):
    open_page(page, BOTH)
    hours = page.locator("#hours")
    assert hours.locator("tbody tr").count() == 7
    cells = hours.locator("tbody td")
    assert cells.count() == 7 * 24
    january, february = (sum(views_of(n)[month] for n in range(0, BLOGS, 3)) for month in (0, 1))
    assert cells.nth(1 * 24 + 20).inner_text() == f"{january} views"
    assert cells.nth(4 * 24 + 8).get_attribute("title") == f"{february} views"
    hours.locator("td[tabindex='0']").focus()
    strongest = page.evaluate("document.activeElement.className")
    assert strongest == "heat-6"
    cells.nth(4 * 24 + 8).focus()
    expect(hours.locator(".readout")).to_contain_text("Friday 08:00–08:59")
    page.keyboard.press("ArrowLeft")
    expect(hours.locator(".readout")).to_contain_text("Friday 07:00–07:590 views · 0.0%")
    assert page.failures == []


def test_countries_by_month_add_up_with_a_row_for_all_others(panels, page):
    open_page(page, BOTH)
    january = sum(views_of(n)[0] for n in range(BLOGS))
    february = Counter()
    for number in range(BLOGS):
        february[number % 16] += views_of(number)[1]
    rows = table_rows(page, "country-periods")
    assert page.locator("#country-periods thead th").all_inner_texts() == ["Country", "Jan 24", "Feb 24", "Sum"]
    assert rows[0] == ["Germany", f"{january}", f"{february[0]}", f"{january + february[0]}"]
    assert len(rows) == 13
    assert rows[-1][0] == "4 others"
    assert sum(int(row[2]) for row in rows) == february.total()
    assert page.locator("#country-periods tbody td.heat-6").first.inner_text() == f"{max(january, *february.values())}"
    saved = downloaded_csv(page, "country-periods")
    assert len(saved) == 1 + 1 + 16
    assert page.failures == []


def test_changes_against_a_compared_span_and_a_phone_without_serious_violations(panels, browse):
    page = open_page(browse(NARROW, "dark"), f"{ADDRESS}&compare=previous")
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW["width"]
    header = page.locator("#blogs thead th").all_inner_texts()
    blog, change = header.index("Blog"), header.index("Change")
    row = table_rows(page, "blogs")[0]
    before, now = views_of(int(row[blog][-3:]))
    expected = "new" if not before else f"{100 * (now - before) / before:+.1f}%".replace("-", "−")
    assert row[change] == expected
    assert serious_violations(page) == []


def test_a_period_without_views_says_so_in_each_panel(panels, page):
    open_page(page, "/dashboard/warehouse/?year=2019")
    for panel in ("countries", "sources", "devices", "blogs", "authors", "movers", "hours", "country-periods"):
        expect(page.locator(f"#{panel} .empty")).to_have_text("No views in this period.")
    expect(page.locator("#time .empty")).to_contain_text("There are some from 9 Jan 2024 to 9 Feb 2024. Show all time")
    expect(page.locator("#countries footer")).to_contain_text("up to date")
    page.goto("/dashboard/warehouse/?year=2019&country=DE")
    expect(page.locator("#countries .empty")).to_have_text("No views in this period with these filters.")


def test_a_store_without_a_roll_up_says_what_to_do_once(reader, settings, page):
    settings.IDEEZA_ROLLUPS = [("country",), ("source",), ("device",), ("hour",)]
    open_page(page, ADDRESS)
    expect(page.locator("#time .empty")).to_contain_text("To roll up, run: manage.py precalculate_stats")
    expect(page.locator("#time .empty").get_by_role("link", name="First steps")).to_be_visible()
    for panel in ("countries", "sources", "devices", "blogs", "authors", "movers", "hours", "country-periods"):
        expect(page.locator(f"#{panel} .empty")).to_have_text("Nothing rolled up yet.")
    expect(page.locator("#totals .comparison")).to_have_count(0)
    assert page.failures == []


def test_a_reader_without_any_site_is_sent_to_an_administrator(panels, reader, settings, page):
    settings.IDEEZA_ALL_SITES = False
    open_page(page, ADDRESS)
    expect(page.locator("#time .empty")).to_have_text(
        "You may not see any site yet.Ask an administrator to give you some, under Site access."
    )
    assert page.failures == []


def test_the_largest_number_has_the_strongest_shade_whatever_it_is(warehouse, page):
    open_page(page, "/dashboard/warehouse/?range=all")
    script = "import(document.querySelector('link[href*=heat_levels]').href).then(({ heatLevel }) => " + (
        "Array.from({ length: 5000 }, (_, n) => heatLevel(Math.sqrt(n + 1), Math.sqrt(n + 1))))"
    )
    assert set(page.evaluate(script)) == {6}
