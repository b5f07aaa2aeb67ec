"""Which paths are pages, and their normal spelling."""

import pytest

from analytics.sources.files.log_record import Reason, Skip
from analytics.sources.messages import page_urls


def skip_reason(path: str, query: str = "") -> Reason | None:
    try:
        return page_urls.require_page(path, query)
    except Skip as skip:
        return skip.reason


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/blog",
        "/blog/tags/X11",
        "/blog/geekery/ssl-latency.html",
        "/projects/xdotool/xdotool.xhtml",
        "/index.PHP",
        "/presentations/puppet-at-loggly/puppet-at-loggly.pdf.html",
        "/posts/python-3.11",
        "/posts/2015.05.17",
        "/posts/logstash-1.0.0-release",
        "/blog/tags/rss",
        "/favicon.ico/page",
    ],
)
def test_a_page_has_no_extension_or_that_of_a_page(path):
    assert skip_reason(path) is None


@pytest.mark.parametrize(
    "path", ["/robots.txt", "/a.PNG", "/fonts/a.woff2", "/x.7z", "/test.xml", "/a.tar.gz", "/.htaccess"]
)
def test_anything_else_is_a_file(path):
    assert skip_reason(path) is Reason.FILE


@pytest.mark.parametrize(
    "path, query",
    [
        ("/", "flav=rss20"),
        ("/blog/tags/puppet", "a=b&flav=atom"),
        ("/", "feed=rss2"),
        ("/feed", ""),
        ("/blog/feed/", ""),
        ("/blog/feed/atom/", ""),
        ("/rss", ""),
        ("/index.xml", ""),
        ("/blog/atom.xml", ""),
        ("/blog/index.rdf", ""),
    ],
)
def test_a_feed_is_no_page(path, query):
    assert skip_reason(path, query) is Reason.FEED


def test_a_query_that_mentions_feeds_is_a_page():
    assert skip_reason("/post", "utm_source=feedburner&utm_medium=feed") is None


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
