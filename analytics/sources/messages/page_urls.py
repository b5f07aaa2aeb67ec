"""Name a page by `host/path`, the `url` of a blog."""

import re
from functools import lru_cache
from urllib.parse import urlsplit

from analytics.sources.files.log_record import Reason, Skip

MAX_URL = 600
MAX_HOST = 253
"""Characters of a host name (RFC 1035, 2.3.4, written out)."""
CONTROL_CHARACTERS = re.compile("[\x00-\x1f]")
SLASHES = re.compile("//+")
ESCAPED_UNRESERVED = re.compile(r"%(2[DdEe]|3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa]|5[Ff]|7[Ee])")


def normal_path(path: str) -> str:
    """Return the path in one spelling: one slash for several, and no needless escapes (RFC 3986, 6.2.2).

    >>> normal_path("//blog//tags/jquery%20mobile/%7Ejordan")
    '/blog/tags/jquery%20mobile/~jordan'
    """
    if "%" in path:
        path = ESCAPED_UNRESERVED.sub(lambda found: chr(int(found[1], 16)), path)
    return SLASHES.sub("/", path) if "//" in path else path


def blog_url(host: str, path: str) -> str:
    """Return the blog's url, without scheme, query and fragment."""
    url = host + (normal_path(path) or "/")
    if len(url) > MAX_URL:
        raise Skip(Reason.LONG_URL)
    return url


def normal_host(text: str) -> str:
    """Return a host in one spelling: in lower case, IDNA, without port and trailing dot. Raise Skip if it is none.

    >>> normal_host("Example.COM.:443"), normal_host("bücher.example"), normal_host("[2001:DB8::1]:80")
    ('example.com', 'xn--bcher-kva.example', '2001:db8::1')
    """
    try:
        host = (urlsplit(f"//{text.strip()}").hostname or "").removesuffix(".")
        return host if host.isascii() else host.encode("idna").decode()
    except ValueError as error:
        raise Skip(Reason.MALFORMED) from error


@lru_cache(65536)
def parse_page_url(text: str, host: str) -> str:
    """Return the `host/path` of a page in a table, given as a whole URL, as `host/path`, or as a path at `host`.

    >>> parse_page_url("https://Example.com:8080/a//b?utm_source=x#top", "here")
    'example.com/a/b'
    >>> parse_page_url("example.com", "here"), parse_page_url("/a", "here")
    ('example.com/', 'here/a')
    """
    if CONTROL_CHARACTERS.search(text):
        raise Skip(Reason.MALFORMED)
    try:
        parts = urlsplit(text if "://" in text or text.startswith("/") else f"//{text}")
        hostname = normal_host(parts.netloc) if parts.netloc else ""
    except ValueError as error:
        raise Skip(Reason.MALFORMED) from error
    if not hostname and not parts.path.startswith("/"):
        raise Skip(Reason.MALFORMED)
    return blog_url(hostname or host, parts.path)
