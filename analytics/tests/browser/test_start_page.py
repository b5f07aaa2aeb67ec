"""The first steps: from an empty dashboard to the first view, as a newcomer goes."""

import re

import pytest
from playwright.sync_api import expect

from analytics.tests.browser.test_accessibility import serious_violations

# The answers behind these pages are tested on both databases.
pytestmark = [pytest.mark.browser, pytest.mark.sqlite, pytest.mark.django_db(transaction=True)]
PEOPLES_BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0"


@pytest.fixture
def reader(reader):
    """A reader who may create keys."""
    reader.is_staff = reader.is_superuser = True
    reader.save()
    return reader


def test_an_empty_dashboard_leads_to_a_key_and_waits_for_the_first_view(page, live_server, reader):
    page.goto("/")
    expect(page).to_have_url(re.compile("/dashboard/start/$"))
    page.get_by_label("The host of its pages").fill("https://Shop.Example:8443/")
    page.get_by_role("button", name="Create a key").click()
    snippet = page.locator("#snippet").inner_text()
    key = re.fullmatch(rf'<script src="{live_server.url}/tracker.js" data-key="([\w-]+)" defer></script>', snippet)[1]
    expect(page.locator("#waiting")).to_have_text("Waiting for the first view …")
    assert serious_violations(page) == []
    sent = page.request.post(
        f"/api/collect?apikey={key}",
        data='{"domain": "shop.example", "path": "/tea", "subject": "On tea"}',
        headers={"Content-Type": "text/plain", "Origin": "https://shop.example", "User-Agent": PEOPLES_BROWSER},
    )
    assert sent.status == 202
    expect(page.locator("#waiting")).to_have_text("The first view has arrived.", timeout=30_000)
    page.get_by_role("link", name="See who is there now").click()
    expect(page.locator("#site")).to_have_value("shop.example")
    page.goto("/")
    expect(page).to_have_url(re.compile("/dashboard/warehouse/$"))
