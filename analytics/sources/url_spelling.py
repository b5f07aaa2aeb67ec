"""Give the URLs of pages one spelling, so that a page is one page however its URL is written.

Scheme and host are in lower case, and the host is in its ASCII form (IDNA as browsers do it, UTS 46), without default
port and trailing dot. In the path, escapes are in upper case, characters that need an escape have one, unreserved
characters have none, dot segments are resolved (RFC 3986, 6.2.2), and several slashes count as one.

The functions are pure. They accept any text, and raise no error but BadUrl.
"""

import ipaddress
import re
from functools import lru_cache
from string import ascii_letters, digits
from typing import NamedTuple
from urllib.parse import quote, unquote

import idna

MAX_HOST = 253
"""Characters of a host name (RFC 1035, 2.3.4, written out)."""
MAX_URL = 600
"""Characters of a page's host and path."""
MAX_HOST_TEXT = 3 * 4 * MAX_HOST
"""Characters of a host as it may be sent, with every byte escaped."""
DEFAULT_PORTS = {"http": "80", "https": "443"}
MAX_PORT = 65_535

URL = re.compile(r"(?:(https?)://)?([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.IGNORECASE | re.DOTALL)
"""The scheme, the host with its port, path, query and fragment (RFC 3986, appendix B); matches any text."""
BRACKETED_HOST = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::([0-9]*))?")
NAMED_HOST = re.compile(r"([^:\[\]]*)(?::([0-9]*))?")
HOST_NAME = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
MAX_LABEL = 63
"""Characters of a part of a host name (RFC 1035, 2.3.4); encoding a longer one could take seconds."""
CONTROL_CHARACTERS = re.compile("[\x00-\x1f\x7f]")
SURROGATES = re.compile("[\ud800-\udfff]")
SLASHES = re.compile("//+")
NORMAL_PATH = re.compile(r"(?:/(?!\.{1,2}(?:/|\Z))(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]+|\Z))+")
"""A path that is spelled normally and has no escapes: most are, and need no more work."""
STRAY_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")
ESCAPES = re.compile("(?:%[0-9A-Fa-f]{2})+")
LITERAL = "-._~!$&'()*+,;=:@/?"
"""What may stand in a URL as it is, besides letters and digits (RFC 3986, 3.3 and 3.4)."""
UNRESERVED = {f"%{ord(each):02X}": each for each in f"{ascii_letters}{digits}-._~"}
ESCAPED_UNRESERVED = re.compile("%(?:2[DE]|3[0-9]|[46][1-9A-F]|[57][0-9A]|5F|7E)")


class BadUrl(ValueError):
    """A text that is no URL of a page, or no host; the message says why."""


class _Parts(NamedTuple):
    """The parts of a URL, empty where it has none. `authority` is the host with its port, as it was sent."""

    scheme: str
    authority: str
    path: str
    query: str
    fragment: str

    @property
    def path_and_rest(self) -> str:
        query = f"?{_escaped(self.query)}" if self.query else ""
        return normal_path(self.path) + query + (f"#{_escaped(self.fragment)}" if self.fragment else "")


def normal_host(text: str) -> str:
    """Return a host in its one spelling: in lower case, IDNA, without port and trailing dot.

    >>> normal_host("Example.COM.:443"), normal_host("bücher.example"), normal_host("[2001:DB8::1]:80")
    ('example.com', 'xn--bcher-kva.example', '2001:db8::1')
    """
    return _host_and_port(text.strip())[0]


def normal_path(path: str) -> str:
    """Return the path of a URL, without query and fragment, in its one spelling.

    >>> normal_path("//blog//tags/jquery%20mobile/./x/../%7Ejordan"), normal_path("/п"), normal_path("/100%")
    ('/blog/tags/jquery%20mobile/~jordan', '/%D0%BF', '/100%25')
    """
    if NORMAL_PATH.fullmatch(path):
        return path
    return SLASHES.sub("/", _without_dot_segments(_escaped(path.replace("?", "%3F")))) or "/"


def normal_page_path(text: str) -> str:
    """Return the `path` of a visit in its one spelling. It is an absolute URL, or begins with a slash; query and
    fragment stay.

    >>> normal_page_path("HTTPS://Example.com:443/%7ejo?q=ü"), normal_page_path("//a/./b#Top")
    ('https://example.com/~jo?q=%C3%BC', '/a/b#Top')
    """
    parts = _split(text)
    if text.startswith("/"):
        return parts.path_and_rest
    if not parts.scheme:
        raise BadUrl("Must be an absolute URL (http or https), or begin with a slash.")
    host, port = _host_and_port(_without_user(parts.authority))
    shown_host = f"[{host}]" if ":" in host else host
    shown_port = "" if port in ("", DEFAULT_PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{shown_host}{shown_port}{parts.path_and_rest}"


def normal_page_url(text: str, host: str = "") -> str:
    """Return the `host/path` that names a page, of a URL, of `host/path`, or of a path at `host`. Scheme, port, query
    and fragment do not name it.

    >>> normal_page_url("https://Example.com:8080/a//b?utm_source=x#top")
    'example.com/a/b'
    >>> normal_page_url("example.com"), normal_page_url("/a", "Here")
    ('example.com/', 'here/a')
    """
    parts = _split(text.removeprefix("//"))
    if not parts.authority and (parts.scheme or not parts.path):
        raise BadUrl("Names no host and no path.")
    if not parts.scheme and parts.authority.endswith(":") and parts.path.startswith("//"):
        raise BadUrl("Must be a URL of http or https.")
    if parts.authority:
        host = _without_user(parts.authority) if parts.scheme or text.startswith("//") else parts.authority
    return normal_host(host) + normal_path(parts.path)


def _split(text: str) -> _Parts:
    if CONTROL_CHARACTERS.search(text):
        raise BadUrl("Must not hold control characters.")
    scheme, *rest = (part or "" for part in found.groups()) if (found := URL.fullmatch(text)) else ("", "", "", "", "")
    return _Parts(scheme.lower(), *rest)


def _without_user(authority: str) -> str:
    return authority.rpartition("@")[2]


@lru_cache(4096)
def _host_and_port(authority: str) -> tuple[str, str]:
    """Return the host in its one spelling and the port, empty for none. An address may stand without its brackets, as
    it does in what these functions return."""
    if len(authority) > MAX_HOST_TEXT:
        raise _no_host(authority)
    if authority.count(":") > 1 and "[" not in authority:
        return _address(authority), ""
    if found := BRACKETED_HOST.fullmatch(authority):
        return _address(found[1]), _port(found[2] or "")
    if found := NAMED_HOST.fullmatch(authority):
        return _host_name(found[1]), _port(found[2] or "")
    raise _no_host(authority)


def _port(text: str) -> str:
    """
    >>> _port("0080"), _port("")
    ('80', '')
    """
    number = text.lstrip("0")
    if text and not (0 < len(number) <= 5 and int(number) <= MAX_PORT):
        raise BadUrl(f"{text[:20]} is no port.")
    return number


def _address(text: str) -> str:
    """Return an IPv6 address as browsers write it.

    >>> _address("2001:DB8:0::1"), _address("::ffff:192.0.2.1")
    ('2001:db8::1', '::ffff:c000:201')
    """
    try:
        found = ipaddress.IPv6Address(text)
    except ValueError as error:
        raise _no_host(text) from error
    if found.scope_id is not None:
        raise _no_host(text)
    if found.ipv4_mapped:  # Python 3.13 writes these in another way than the versions before
        low = int(found.ipv4_mapped)
        return f"::ffff:{low >> 16:x}:{low & 0xFFFF:x}"
    return found.compressed


def _host_name(text: str) -> str:
    try:
        name = unquote(text, errors="strict") if "%" in text else text
        if not name.isascii():
            name = ".".join(map(_ascii_label, idna.uts46_remap(name, std3_rules=False, transitional=False).split(".")))
    except ValueError as error:  # idna's errors are of this kind
        raise _no_host(text) from error
    name = name.lower().removesuffix(".")
    if len(name) > MAX_HOST or not HOST_NAME.fullmatch(name):
        raise _no_host(text)
    return name


def _no_host(text: str) -> BadUrl:
    return BadUrl(f"Must be a host name, as in example.com; {text[:100]!r} is none.")


def _ascii_label(label: str) -> str:
    if len(label) > MAX_LABEL:
        raise _no_host(label)
    return label if label.isascii() else "xn--" + label.encode("punycode").decode()


def _escaped(text: str) -> str:
    """Return the text with the escapes that it needs, in upper case, and no others. The time is bounded even for a
    megabyte that is all escapes: each step is one pass with little work at a place."""
    text = ESCAPES.sub(lambda found: found[0].upper(), STRAY_PERCENT.sub("%25", text))
    text = ESCAPED_UNRESERVED.sub(lambda found: UNRESERVED[found[0]], text)
    return quote(SURROGATES.sub("\ufffd", text), safe=f"{LITERAL}%")


def _without_dot_segments(path: str) -> str:
    """Return the path with `.` and `..` resolved (RFC 3986, 5.2.4).

    >>> _without_dot_segments("/a/./b/../c/.."), _without_dot_segments("/../a")
    ('/a/', '/a')
    """
    segments = path.split("/")
    kept: list[str] = []
    for segment in segments:
        if segment == ".." and len(kept) > 1:
            kept.pop()
        elif segment not in (".", ".."):
            kept.append(segment)
    return "/".join(kept) + ("/" if segments[-1] in (".", "..") else "")
