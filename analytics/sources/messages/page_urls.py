"""Decide which requests are for pages, and name a page by `host/path`, the `url` of a blog."""

import re
from functools import lru_cache

from analytics.sources.files.log_record import Reason, Skip
from analytics.sources.url_spelling import MAX_URL, BadUrl, normal_host, normal_page_url, normal_path

PAGE_EXTENSIONS = frozenset(("html", "htm", "xhtml", "shtml", "php", "asp", "aspx", "jsp", "cgi"))
EXTENSION = re.compile(r"\.([0-9]*[A-Za-z][A-Za-z0-9]{0,9})$")
"""With a letter in it: `/logstash-1.0` and `/2015.05.17` are pages without one."""
FEED_EXTENSIONS = frozenset(("rss", "atom", "rdf"))
FEED_PATHS = re.compile(
    r"/feed(/(rss2?|atom|rdf))?/?$|^/(rss|atom|feeds)/?$|/(feed|rss|atom|index)\.xml$", re.IGNORECASE
)
LOGGED_BYTE = re.compile(r"\\x([0-9A-Fa-f]{2})")
FEED_QUERIES = re.compile(r"(^|[&;])(flav|feed|format|type|alt)=(rss|atom|rdf|feed)", re.IGNORECASE)


def require_page(path: str, query: str) -> None:
    """Raise Skip unless a browser would show this as a page.

    >>> require_page("/articles/", "page=2"), require_page("/blog/xvfb-firefox.html", "")
    (None, None)
    >>> require_page("/logstash-1.0", "")
    >>> require_page("/", "flav=rss20")
    Traceback (most recent call last):
    analytics.sources.files.log_record.Skip: feeds
    """
    if (query and FEED_QUERIES.search(query)) or FEED_PATHS.search(path):
        raise Skip(Reason.FEED)
    if (found := EXTENSION.search(path)) and (extension := found[1].lower()) not in PAGE_EXTENSIONS:
        raise Skip(Reason.FEED if extension in FEED_EXTENSIONS else Reason.FILE)


def blog_url(host: str, path: str) -> str:
    r"""Return the blog's url, of a path as logs have it. Servers log a byte that is not ASCII as `\xD0`.

    >>> blog_url("example.com", "/%d0%bf") == blog_url("example.com", r"/\xd0\xbf") == "example.com/%D0%BF"
    True
    """
    if "\\" in path:
        path = LOGGED_BYTE.sub(r"%\1", path)
    try:
        return _require_short((normal_host(host) if host else host) + normal_path(path))
    except BadUrl as error:
        raise Skip(Reason.MALFORMED) from error


@lru_cache(65536)
def parse_page_url(text: str, host: str) -> str:
    """Return the `host/path` of a page in a table, given as a whole URL, as `host/path`, or as a path at `host`.

    >>> parse_page_url("https://Example.com:8080/a//b?utm_source=x#top", "here")
    'example.com/a/b'
    >>> parse_page_url("example.com", "here"), parse_page_url("/a", "here")
    ('example.com/', 'here/a')
    """
    try:
        return _require_short(normal_page_url(text, host))
    except BadUrl as error:
        raise Skip(Reason.MALFORMED) from error


def _require_short(url: str) -> str:
    if len(url) > MAX_URL:
        raise Skip(Reason.LONG_URL)
    return url
