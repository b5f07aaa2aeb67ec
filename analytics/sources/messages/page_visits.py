"""A visit of a page as collectors take it in: what it is of, and who it is by."""

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from analytics.sources.files.log_record import Skip
from analytics.sources.messages import page_urls

VISITOR_BITS = 63
"""A positive 64-bit integer: among a million visitors of a day two are taken for one once in eighteen million days."""


class PageKey(NamedTuple):
    """A page by what it is called."""

    host: str
    path: str


class PageRef(NamedTuple):
    """A page by its numbers, with its title."""

    site: int
    page: int
    subject: str


class PageVisit(msgspec.Struct, frozen=True, array_like=True):
    """One visit of a page, or a sign that its visitor is still there (`is_beat`), which is no hit.

    `address` is what is kept of the client's: 4 or 16 bytes, or none. `country` is an ISO code or empty. `at` is in
    microseconds since 1970.
    """

    domain: str
    path: str
    subject: str
    visitor: int
    at: int
    is_beat: bool = False
    address: bytes = b""
    agent: str = ""
    country: str = ""

    @property
    def where(self) -> PageKey:
        return PageKey(self.domain, self.path)

    @property
    def url(self) -> str:
        """The url of the blog that this page may be; empty when no blog can be called so."""
        try:
            return page_urls.parse_page_url(_located(self.domain, self.path), self.domain)
        except Skip:
            return ""


def subjects(several: Iterable[PageVisit]) -> dict[PageKey, str]:
    """The pages that visits are of, each with the last title that was told."""
    found: dict[PageKey, str] = {}
    for visit in several:
        found[visit.where] = visit.subject or found.get(visit.where, "")
    return found


def _located(domain: str, path: str) -> str:
    """A path, or the whole URL that some clients send as a path.

    >>> _located("example.com", "/a"), _located("example.com", "a?b"), _located("x.com", "http://example.com/page/1")
    ('example.com/a', 'example.com/a?b', 'http://example.com/page/1')
    """
    if path.startswith(("http://", "https://")):
        return path
    return f"{domain}/{path.removeprefix('/')}"


def visitor_named(name: str) -> int:
    """The visitor whom the client calls so."""
    return _hashed(name.encode(), b"")


def visitor_seen(address: str, agent: str, salt: bytes) -> int:
    """Who has this address and this browser today, while the salt is known.

    >>> visitor_seen("192.0.2.1", "Firefox", b"today") == visitor_seen("192.0.2.1", "Firefox", b"tomorrow")
    False
    """
    return _hashed(f"{address}\n{agent}".encode(), salt)


def _hashed(who: bytes, salt: bytes) -> int:
    digest = hashlib.blake2b(who, digest_size=8, key=salt, person=b"ideeza visitor")
    return int.from_bytes(digest.digest()) >> (64 - VISITOR_BITS)
