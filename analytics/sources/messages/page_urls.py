"""Name a page by `host/path`, the `url` of a blog."""

import re
from functools import lru_cache

from analytics.sources.files.log_record import Reason, Skip
from analytics.sources.url_spelling import MAX_URL, BadUrl, normal_host, normal_page_url, normal_path

LOGGED_BYTE = re.compile(r"\\x([0-9A-Fa-f]{2})")


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
