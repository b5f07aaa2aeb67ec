"""The normal spelling of pages."""

import pytest

from analytics.sources.files.log_record import Skip
from analytics.sources.messages import page_urls


@pytest.mark.parametrize(
    "spelled, path",
    [
        ("/%7ejo/%41%2D%5f", "/~jo/A-_"),
        ("/jquery%20mobile", "/jquery%20mobile"),
        ("/a%2Fb%3F%00", "/a%2Fb%3F%00"),
        ("///a//b/", "/a/b/"),
        ("/100%", "/100%25"),
    ],
)
def test_one_page_has_one_spelling(spelled, path):
    assert page_urls.normal_path(spelled) == path
    assert page_urls.normal_path(path) == path


@pytest.mark.parametrize("text", ["", "?q", "http://", "https://[::1/a", "a\0b", "http://x/a\nb"])
def test_a_url_without_a_page_is_malformed(text):
    with pytest.raises(Skip, match="not in the format"):
        page_urls.parse_page_url(text, "here")
