"""Notes about days, and a view that is shared by a link, opened without a login, and revoked."""

import pytest
from playwright.sync_api import expect

from analytics.tests.browser.conftest import NARROW, open_page, record_activity, totals
from analytics.tests.browser.test_accessibility import serious_violations

# The answers behind these pages are tested on both databases.
pytestmark = [pytest.mark.browser, pytest.mark.sqlite, pytest.mark.django_db(transaction=True)]


def test_a_note_stands_below_the_chart_until_it_is_deleted(warehouse, page):
    open_page(page, "/dashboard/warehouse/?range=month")
    page.get_by_text("Notes about days").click()
    page.locator("#note-form [name=day]").fill("2024-03-04")
    page.locator("#note-form [name=text]").fill("Campaign <b>began</b>")
    page.get_by_role("button", name="Add").click()
    note = page.locator("#note-list li")
    expect(note).to_contain_text("4 Mar 2024: Campaign <b>began</b>")
    page.locator("#time .u-over").first.hover()
    page.get_by_role("button", name="Delete 4 Mar 2024").click()
    expect(note).to_have_count(0)
    assert page.failures == []


def test_a_shared_view_is_read_without_a_login_under_its_filters_until_it_is_revoked(warehouse, page):
    open_page(page, "/dashboard/warehouse/?range=all&country=DE")
    page.get_by_text("Share this view").click()
    page.locator("details.share [name=name]").fill("Germany for Anna")
    page.get_by_role("button", name="Make a link").click()
    link = page.locator("#snippet").inner_text()
    assert serious_violations(page) == []

    context = page.context.browser.new_context(viewport=NARROW, color_scheme="dark", locale="en-GB")
    guest = record_activity(context.new_page())
    open_page(guest, f"{link}?range=all")
    assert guest.locator("h1").inner_text() == "Germany for Anna"
    assert guest.locator("#chips .chip").all_inner_texts() == ["Germany"]
    assert totals(guest)["Views"] == "4"
    assert guest.locator(".top nav, .user, #note-form, details.share").count() == 0
    assert serious_violations(guest) == []
    assert guest.failures == []

    page.get_by_role("button", name="Revoke Germany for Anna").click()
    expect(page.get_by_role("cell", name="revoked")).to_be_visible()
    assert guest.goto(link).status == 404
    expect(guest.get_by_text("it has ended")).to_be_visible()
    assert page.failures == []
