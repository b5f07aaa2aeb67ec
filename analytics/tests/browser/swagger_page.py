"""Use the Swagger UI as a person does."""

import json


def try_grouped_views(page, token: str, url: str):
    """Sign in with a token, ask for the views of 2024 by country, and return the response to the request to `url`."""
    page.get_by_role("button", name="Authorize").first.click()
    bearer = page.locator(".auth-container", has_text="Bearer")
    bearer.locator("input").fill(f"Bearer {token}")
    bearer.get_by_role("button", name="Apply credentials").click()
    page.get_by_role("button", name="Close").first.click()

    grouped = page.locator("#operations-analytics-grouped")
    grouped.locator(".opblock-summary").click()
    grouped.get_by_role("button", name="Try it out").click()
    grouped.locator("tr[data-param-name='object_type'] select").select_option("country")
    grouped.locator("textarea").first.fill(json.dumps({"year": 2024}))
    with page.expect_response(url) as answered:
        grouped.get_by_role("button", name="Execute").click()
    return answered.value
