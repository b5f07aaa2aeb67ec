"""Asking on the blog views page: clicks and drags that filter, comparisons, zones, and the reader's language."""

from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from analytics.datasets import ContextDimension
from analytics.models import Blog, BlogView, Context, DimensionValue
from analytics.tests.browser.conftest import open_page, table_rows, totals, wait_until_filled

# The answers behind these pages are tested on both databases.
pytestmark = [pytest.mark.browser, pytest.mark.sqlite, pytest.mark.django_db(transaction=True)]

PAGE = "/dashboard/warehouse/"


def at(*when):
    return datetime(2024, *when, tzinfo=UTC)


@pytest.fixture
def readers(warehouse, settings):
    """Add views with a source, and one that is on another day in Kolkata. Roll up hours and sources in both zones."""
    settings.IDEEZA_ROLLUPS = [("country",), ("source",), ("hour",)]
    settings.IDEEZA_TIME_ZONES = ["UTC", "Asia/Kolkata"]
    Blog.objects.filter(id=warehouse["three"].id).update(url="https://ideeza.example/dogs")
    context = Context.objects.create(
        source=DimensionValue.objects.create(dimension=ContextDimension.SOURCE, value="Google").pk
    )
    when = [at(3, 8, 9), at(3, 8, 9), at(3, 9, 20), at(3, 10, 10)]
    BlogView.objects.bulk_create(
        BlogView(blog=warehouse["three"], timestamp=each, context=context, country=warehouse["de"]) for each in when
    )
    call_command("precalculate_stats", verbosity=0)
    return warehouse


def chips(page):
    wait_until_filled(page)
    return page.locator("#chips .chip span").all_inner_texts()


def query(page):
    return page.url.partition("?")[2]


def drag(page, first, last, count):
    """Drag over the chart from the `first` to the `last` of so many periods, which are equally wide."""
    box = page.locator("#time .u-over").first.bounding_box()
    width = box["width"] / (count + 0.2)
    left, right = ((number + edge) * width for number, edge in ((first, 0.2), (last, 1.0)))
    page.mouse.move(box["x"] + left, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + right, box["y"] + 50, steps=4)
    page.mouse.up()
    wait_until_filled(page)


def click_bar(page, number, count, clicks=1):
    box = page.locator("#time .u-over").first.bounding_box()
    page.mouse.click(box["x"] + (number + 0.6) * box["width"] / (count + 0.2), box["y"] + 50, click_count=clicks)


def test_clicks_combine_as_filters_with_names_and_back_undoes_each(readers, page):
    open_page(page, f"{PAGE}?range=all")
    page.locator("#blogs").get_by_role("link", name="Dogs", exact=True).click()
    assert chips(page) == ["Dogs"]
    assert totals(page) == {"Views": "6", "Visitors": "–", "Distinct blogs": "1", "Authors": "1", "Countries": "1"}
    page.locator("#countries .world-map path:not(.level-0)").click()
    assert chips(page) == ["Germany", "Dogs"]
    assert query(page) == f"range=all&blog={readers['three'].id}&country=DE"
    assert totals(page)["Views"] == "4"
    page.locator("#authors").get_by_role("link", name="bob").click()
    assert chips(page) == ["Germany", "Dogs", "Author: bob"]
    for left in (["Germany", "Dogs"], ["Dogs"], []):
        page.go_back()
        assert chips(page) == left
    assert totals(page)["Views"] == "13"
    outside = page.get_by_role("link", name="Open Dogs")
    assert (outside.get_attribute("href"), outside.get_attribute("rel")) == (
        "https://ideeza.example/dogs",
        "noopener noreferrer",
    )
    assert page.failures == []


def test_every_dimension_in_the_address_is_a_filter_with_a_chip_by_name(readers, page):
    ids = [readers["three"].id, 999_999]
    open_page(page, f"{PAGE}?range=week&source=Google&blog={ids[0]}&blog={ids[1]}&site=ideeza.example&weekday=5")
    expect(page.locator("#chips")).to_contain_text("A blog without views (id 999999)")
    assert chips(page) == [
        "Source: Google",
        "Friday",
        "Dogs",
        "A blog without views (id 999999)",
        "ideeza.example",
    ]
    assert totals(page)["Views"] == "2"
    open_page(page, f"{PAGE}?range=week&source=Unknown&blog={ids[0]}")
    assert (chips(page), totals(page)["Views"]) == (["Source: Unknown", "Dogs"], "1")


NOT_UNDER_FILTERS = "Cannot be shown under these filters."


def test_panels_that_cannot_be_shown_under_a_filter_say_so_and_one_line_names_the_roll_ups(readers, page):
    open_page(page, f"{PAGE}?range=week&source=Google")
    assert totals(page) == {"Views": "4", "Visitors": "0", "Distinct blogs": "1", "Authors": "1", "Countries": "–"}
    for panel in ("countries", "hours", "country-periods"):
        expect(page.locator(f"#{panel} .empty")).to_have_text(NOT_UNDER_FILTERS)
    line = page.locator("#not-held")
    expect(line).to_have_text(
        "Not counted together with Source: Country and Hour. To count them so, add country+source,source+hour to "
        "IDEEZA_ROLLUPS and run manage.py precalculate_stats."
    )
    expect(page.locator("#devices")).to_contain_text("Add device to IDEEZA_ROLLUPS and run manage.py")
    assert page.locator("[role=alert]").count() == 0
    assert table_rows(page, "blogs") == [["Dogs↗", "4", "100.0%"]]
    page.locator("#chips").get_by_role("link", name="Remove the filter Source: Google").click()
    wait_until_filled(page)
    expect(line).to_be_hidden()
    assert table_rows(page, "countries")[0][0] == "Germany"
    assert page.failures == []


def test_two_filters_that_are_not_counted_together_are_named_once_and_nothing_is_asked_in_vain(readers, page):
    open_page(page, f"{PAGE}?range=week&source=Google&country=DE")
    expect(page.locator("#not-held")).to_have_text(
        "Most panels cannot be shown under these filters: Country and Source are not counted together. To count them "
        "so, add country+source to IDEEZA_ROLLUPS and run manage.py precalculate_stats."
    )
    for panel in ("time", "countries", "sources", "blogs", "authors", "movers", "hours", "country-periods"):
        expect(page.locator(f"#{panel} .empty")).to_have_text(NOT_UNDER_FILTERS)
    expect(page.locator("#totals")).to_have_text(NOT_UNDER_FILTERS)
    assert [url for url in page.requested_urls if "analytics/query" in url] == []
    assert page.failures == []


def test_more_filters_than_a_roll_up_has_dimensions_name_no_setting(readers, page):
    open_page(page, f"{PAGE}?range=week&source=Google&not=DE&device=mobile&hour=9")
    expect(page.locator("#not-held")).to_have_text(
        "Most panels cannot be shown under these filters: Country, Source, Device and Hour are not counted together. "
        "At most 3 can be: remove a filter."
    )
    assert page.failures == []


def test_a_roll_up_that_is_declared_since_the_page_was_opened_is_asked_for_by_its_panel(readers, page, settings):
    settings.IDEEZA_ROLLUPS = [("country",), ("source",), ("hour",), ("device",)]
    open_page(page, f"{PAGE}?range=week")
    expect(page.locator("#devices")).to_contain_text("The roll-up device is declared, but not filled.")
    assert ["status of 422" in failure for failure in page.failures] == [True]


def test_a_drag_over_the_chart_picks_days_and_a_double_click_resets(readers, page):
    open_page(page, f"{PAGE}?range=week")
    drag(page, 3, 5, 7)
    assert (query(page), chips(page)) == ("range=week&from=2024-03-07&to=2024-03-09", ["7 – 9 Mar 2024"])
    assert totals(page)["Views"] == "3"
    click_bar(page, 1, 3)
    expect(page.locator("#chips")).to_have_text("8 Mar 2024×")
    wait_until_filled(page)
    expect(page.locator("#time .readout")).to_contain_text("8 Mar 2024, 23:00")
    click_bar(page, 9, 24)
    expect(page.locator("#chips")).to_contain_text("09:00–09:59")
    assert "from=2024-03-08&to=2024-03-08&hour=9" in query(page)
    wait_until_filled(page)
    assert totals(page)["Views"] == "2"
    click_bar(page, 9, 24, clicks=2)
    expect(page.locator("#chips li")).to_have_count(0)
    assert query(page) == "range=week"
    page.go_back()
    expect(page.locator("#chips")).to_contain_text("09:00–09:59")
    assert page.failures == []


def test_days_are_picked_by_keyboard(readers, page):
    open_page(page, f"{PAGE}?range=week")
    page.locator("#time .chart").focus()
    for key in ("ArrowLeft", "ArrowLeft", "Shift+ArrowLeft", "Shift+ArrowLeft", "Enter"):
        page.keyboard.press(key)
    assert (query(page), chips(page)) == ("range=week&from=2024-03-07&to=2024-03-09", ["7 – 9 Mar 2024"])
    page.keyboard.press("Escape")
    assert (query(page), chips(page)) == ("range=week", [])


def test_a_comparison_is_a_second_line_and_changes_in_tiles_and_tables(readers, page):
    open_page(page, f"{PAGE}?range=this_month")
    expect(page.locator("#totals .comparison").first).to_have_text("+250.0% vs 1 – 10 Feb 2024")
    assert page.locator("#time .before").count() == 0
    page.get_by_label("Compare with").select_option("Period before")
    expect(page.locator("#comparison")).to_have_text(
        "Compared with 1 – 10 Feb 2024, the same part of 1 – 29 Feb 2024: this period is not over"
    )
    wait_until_filled(page)
    assert query(page) == "range=this_month&compare=previous"
    expect(page.locator("#time .chart-legend")).to_contain_text("Views in 1 – 29 Feb 2024")
    expect(page.locator("#time")).to_contain_text("The last day is not over: it is compared with the whole day")
    page.get_by_text("As a table").click()
    assert table_rows(page, "time")[-1] == ["Fri, 1 Mar 2024", "0", "–", "0", "2", "−100.0%"]
    assert table_rows(page, "blogs")[0][:2] == ["Dogs↗", "6"]
    assert [row[2] for row in table_rows(page, "blogs")] == ["new", "new"]
    page.get_by_label("Compare with").select_option("Other days")
    page.get_by_label("First compared day").fill("2024-01-31")
    page.get_by_label("Last compared day").fill("2024-02-01")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#comparison")).to_have_text("Compared with 31 Jan – 1 Feb 2024")
    assert query(page) == "range=this_month&compare=2024-01-31..2024-02-01"
    wait_until_filled(page)
    assert [row[0::2] for row in table_rows(page, "countries")] == [["Germany", "+66.7%", "2"], ["Unknown", "new", "1"]]
    page.get_by_label("Compare with").select_option("Nothing")
    expect(page.locator("#comparison")).to_be_empty()
    assert query(page) == "range=this_month"
    page.get_by_role("link", name="All time").click()
    expect(page.locator("#compare option[value=previous]")).to_be_disabled()
    assert page.failures == []


def test_today_is_compared_with_the_same_hours(readers, page):
    open_page(page, f"{PAGE}?range=day&compare=previous")
    expect(page.locator("#comparison")).to_have_text("Compared with 9 Mar 2024 up to 13:00: today is not over")
    expect(page.locator("#totals .comparison").first).to_have_text("No views in 9 Mar 2024 up to 13:00")


def test_a_zone_is_chosen_and_its_days_are_counted(readers, page):
    open_page(page, f"{PAGE}?from=2024-03-10&to=2024-03-10")
    assert totals(page)["Views"] == "2"
    page.get_by_label("Time zone").select_option("Asia/Kolkata")
    expect(page.locator("#period")).to_have_text("10 Mar 2024 · 1 day · Asia/Kolkata")
    wait_until_filled(page)
    assert (totals(page)["Views"], query(page)) == ("3", "from=2024-03-10&to=2024-03-10&tz=Asia%2FKolkata")
    page.clock.set_fixed_time(at(3, 10, 19))
    page.get_by_role("link", name="Today").click()
    expect(page.locator("#period")).to_have_text("11 Mar 2024 · 1 day · Asia/Kolkata")
    page.get_by_label("Time zone").select_option("UTC")
    expect(page.locator("#period")).to_have_text("10 Mar 2024 · 1 day · UTC")
    assert query(page) == "range=day"


def test_presets_follow_the_calendar_and_unknown_words_are_named(warehouse, page):
    open_page(page, f"{PAGE}?tz=Mars/Olympus&compare=2024-02-31..2024-03-01&weekday=8")
    for wrong in ("tz=Mars/Olympus", "compare=2024-02-31..2024-03-01", "weekday=8"):
        expect(page.locator("#notice")).to_contain_text(f"The address says {wrong}")
    assert chips(page) == []
    presets = {
        "This week": "4 – 10 Mar 2024 · 7 days",
        "This month": "1 – 31 Mar 2024",
        "Last month": "1 – 29 Feb 2024",
    }
    for preset, period in presets.items():
        page.get_by_role("link", name=preset).click()
        expect(page.locator("#period")).to_contain_text(period)
        expect(page.locator("#presets [aria-current]")).to_have_text(preset)
    assert page.failures == []


@pytest.fixture
def german(browse):
    return browse(locale="de-DE")


def test_numbers_dates_and_names_are_in_the_language_of_the_browser(readers, german):
    open_page(german, f"{PAGE}?range=week&weekday=5&country=DE&compare=previous")
    expect(german.locator("#period")).to_contain_text("4.–10. März 2024")
    assert chips(german) == ["Deutschland", "Freitag"]
    assert table_rows(german, "countries") == [["Deutschland", "2", "new", "0", "1"]]
    german.get_by_text("As a table").click()
    assert table_rows(german, "time")[1][2] == "−100,0\u00a0%"
    german.get_by_label("Excluding").fill("vereinigte staaten")
    german.get_by_role("button", name="Apply").click()
    expect(german.locator("#chips")).to_contain_text("Excluding Vereinigte Staaten")
    assert german.failures == []
