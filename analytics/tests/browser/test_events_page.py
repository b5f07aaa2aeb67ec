"""The events page, on real events."""

import json

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from analytics.models import EventSchema
from analytics.tests.browser.conftest import NARROW, open_page, table_rows, wait_until_filled

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ALL = "/dashboard/events/?range=all"
HOSTILE = "<img src=x onerror=alert(1)>"


def event(n, session="s1", category="page", name="click", **data):
    at = f"2024-03-{1 + n % 9:02}T08:{n:02}:00Z"
    return {"session_id": session, "category": category, "name": name, "timestamp": at, "data": data}


@pytest.fixture
def events(reader, client, settings):
    """Send thirty clicks, one form, one event with hostile names, and a purchase that violates its schema."""
    EventSchema.objects.create(category="shop", name="purchase", schema={"properties": {"price": {"minimum": 0}}})
    sent = [
        *(event(n, f"s{n % 3}") for n in range(30)),
        event(40, "s1", "form", "submit", first_name="John"),
        event(41, "s9", HOSTILE, "=1+1", note=HOSTILE * 20),
        event(42, "s9", "shop", "purchase", price=-3),
    ]
    settings.IDEEZA_API_OPEN = True
    answer = client.post("/events/", json.dumps(sent), content_type="application/json").json()
    settings.IDEEZA_API_OPEN = False
    assert (answer["stored"], len(answer["errors"])) == (32, 1)
    call_command("precalculate_stats")


def test_events_are_counted_by_category_by_name_and_over_time(events, page):
    open_page(page, ALL)
    assert table_rows(page, "categories") == [["page", "30", "3"], [HOSTILE, "1", "1"], ["form", "1", "1"]]
    assert table_rows(page, "names") == [["click", "30", "3"], ["=1+1", "1", "1"], ["submit", "1", "1"]]
    expect(page.locator("#time footer")).to_contain_text("up to date")
    page.get_by_text("As a table").click()
    assert table_rows(page, "time")[0] == ["Sat, 9 Mar 2024", "3", "0.0%", "1"]
    page.locator("#categories").get_by_role("link", name="form").click()
    wait_until_filled(page)
    assert table_rows(page, "names") == [["submit", "1", "1"]]
    assert page.failures == []


def test_the_latest_events_come_first_in_the_viewers_time_zone(events, page):
    open_page(page, ALL)
    assert len(table_rows(page, "latest")) == 20
    assert table_rows(page, "latest")[0][:4] == ["9 Mar, 13:56:00 GMT+5:30", "page", "click", "s2"]
    expect(page.locator("#latest nav")).to_contain_text("1–20 of 32 events")


def test_older_events_are_a_page_away_and_back_goes_back(events, page):
    open_page(page, ALL)
    expect(page.locator("#latest nav")).to_contain_text("Older")
    page.get_by_role("link", name="Older").click()
    wait_until_filled(page)
    assert page.url.endswith("&page=2")
    assert len(table_rows(page, "latest")) == 12
    page.go_back()
    wait_until_filled(page)
    assert len(table_rows(page, "latest")) == 20


def test_a_session_a_category_and_a_name_are_filters(events, page):
    open_page(page, ALL)
    page.locator("#latest").get_by_role("link", name="s0").first.click()
    wait_until_filled(page)
    assert {row[3] for row in table_rows(page, "latest")} == {"s0"}
    expect(page.locator("#period")).to_contain_text("counts are of all sessions")
    page.get_by_label("Session", exact=True).fill("s1")
    page.get_by_label("Category", exact=True).fill("form")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#chips")).to_contain_text("Category: form")
    wait_until_filled(page)
    assert [row[1:4] for row in table_rows(page, "latest")] == [["form", "submit", "s1"]]


def test_a_period_is_whole_days(events, page):
    open_page(page, "/dashboard/events/?from=2024-03-02&to=2024-03-03")
    expect(page.locator("#latest nav")).to_contain_text("of 8 events")


def test_rejected_events_are_listed_with_their_reason(events, page):
    open_page(page, ALL)
    ((when, kind, field, reason, *_),) = table_rows(page, "errors")
    assert kind == "shop / purchase"
    assert "price" in field
    assert "-3" in reason


def test_html_in_event_data_is_shown_as_text(events, page):
    open_page(page, f"{ALL}&session=s9")
    page.locator("#latest .json summary").click()
    expect(page.locator("#latest .json pre")).to_contain_text('"note": "<img src=x onerror=alert(1)><img')
    assert page.locator("#latest img").count() == 0
    assert page.failures == []


def test_long_data_fit_a_phone(events, browse):
    page = open_page(browse(NARROW), ALL)
    page.locator("#latest .json summary").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW["width"]


def test_without_events_the_page_says_so(reader, page):
    open_page(page, ALL)
    expect(page.locator("#latest")).to_contain_text("No events in this period")
    expect(page.locator("#errors")).to_contain_text("No rejected events in this period.")
