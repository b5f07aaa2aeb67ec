"""axe-core finds no serious problem on any page, light or dark, wide or narrow."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from analytics.tests.browser.conftest import NARROW, WIDE, open_page
from analytics.tests.browser.fake_live_api import FakeLiveApi

# The answers behind these pages are tested on both databases.
pytestmark = [pytest.mark.browser, pytest.mark.sqlite, pytest.mark.django_db(transaction=True)]

LOOKS = [(WIDE, "light"), (WIDE, "dark"), (NARROW, "light"), (NARROW, "dark")]
SERIOUS = ("serious", "critical")


def serious_violations(page):
    """Return the rule and the elements of each serious problem that axe-core finds."""
    found = Axe().run(page).response["violations"]
    return [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found if each["impact"] in SERIOUS]


@pytest.mark.parametrize(
    "address",
    ["warehouse/?range=year&country=DE&not=US&compare=previous", "warehouse/?year=1999", "live/", "events/?range=all"],
)
def test_no_page_has_a_serious_violation(warehouse, browse, address):
    for size, scheme in LOOKS:
        page = browse(size, scheme)
        FakeLiveApi(page)
        open_page(page, f"/dashboard/{address}")
        for summary in page.locator("main details > summary").all():
            summary.click() if summary.is_visible() else None
        assert (size, scheme, serious_violations(page)) == (size, scheme, [])


def test_the_login_page_has_no_serious_violation(browse):
    for size, scheme in LOOKS:
        page = browse(size, scheme)
        page.context.clear_cookies()
        page.goto("/dashboard/login/?next=/dashboard/live/")
        assert serious_violations(page) == []


def test_the_first_tab_skips_to_the_content(warehouse, page):
    open_page(page, "/dashboard/warehouse/?range=all")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_the_focused_element_has_a_visible_outline(warehouse, page):
    open_page(page, "/dashboard/warehouse/?range=all")
    for _ in range(30):
        page.keyboard.press("Tab")
        ring = page.evaluate("""() => {
                const style = getComputedStyle(document.activeElement);
                return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
            }""")
        assert ring, page.evaluate("document.activeElement.outerHTML.slice(0, 100)")
