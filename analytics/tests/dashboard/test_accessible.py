"""Everybody can use it: axe-core finds nothing serious, on any page, by day and by night, on a desk and in a hand."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from analytics.tests.dashboard.conftest import NARROW, WIDE, filled
from analytics.tests.dashboard.planted import Planted

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LOOKS = [(WIDE, "light"), (WIDE, "dark"), (NARROW, "light"), (NARROW, "dark")]
SERIOUS = ("serious", "critical")


def grave(page):
    """What axe-core finds serious: the rule and the elements."""
    found = Axe().run(page).response["violations"]
    return [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found if each["impact"] in SERIOUS]


@pytest.mark.parametrize(
    "address", ["warehouse/?range=all&country=DE&not=US", "warehouse/?year=1999", "live/", "events/?range=all"]
)
def test_nothing_grave_is_found_in_any_look(warehouse, browse, address):
    for size, scheme in LOOKS:
        page = browse(size, scheme)
        Planted(page)
        filled(page, f"/dashboard/{address}")
        for summary in page.locator("main details > summary").all():
            summary.click() if summary.is_visible() else None
        assert (size, scheme, grave(page)) == (size, scheme, [])


def test_signing_in_is_for_everybody_too(browse):
    for size, scheme in LOOKS:
        page = browse(size, scheme)
        page.context.clear_cookies()
        page.goto("/dashboard/login/?next=/dashboard/live/")
        assert grave(page) == []


def test_the_first_tab_skips_to_the_content(warehouse, page):
    filled(page, "/dashboard/warehouse/?range=all")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_whatever_has_the_focus_shows_it(warehouse, page):
    filled(page, "/dashboard/warehouse/?range=all")
    for _ in range(30):
        page.keyboard.press("Tab")
        ring = page.evaluate("""() => {
                const style = getComputedStyle(document.activeElement);
                return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
            }""")
        assert ring, page.evaluate("document.activeElement.outerHTML.slice(0, 100)")
