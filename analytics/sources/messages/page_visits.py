"""A visit of a page as collectors receive it, with its page and its visitor."""

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from analytics.sources.url_spelling import MAX_URL, BadUrl, normal_page_path, normal_page_url

VISITOR_BITS = 63
"""A positive 64-bit integer: among a million visitors of a day two are taken for one once in eighteen million days."""


class PageKey(NamedTuple):
    """A page by its host and path."""

    host: str
    path: str


class PageRef(NamedTuple):
    """A page by its ids, with its title."""

    site: int
    page: int
    subject: str


class PageVisit(msgspec.Struct, frozen=True, array_like=True):
    """One visit of a page, or a sign that its visitor is still there (`is_beat`), which is no hit.

    `address` is what is kept of the client's: 4 or 16 bytes, or none. `country` is an ISO code or empty. `at` is in
    microseconds since 1970. `formerly` is the number that the visitor had the day before, 0 for none.
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
    formerly: int = 0

    @property
    def page_key(self) -> PageKey:
        return PageKey(self.domain, self.path)

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts that the visit counts for: of its site, and of the blog that its page may be."""
        return frozenset((self.domain, self.url.partition("/")[0] or self.domain))

    @property
    def url(self) -> str:
        """Return the url of the blog that this page may be; empty when no blog can have such a url."""
        try:
            url = normal_page_url(normal_page_path(self.path), self.domain)
        except BadUrl:
            return ""
        return url if len(url) <= MAX_URL else ""


def titles_by_page(visits: Iterable[PageVisit]) -> dict[PageKey, str]:
    """Return the pages of these visits, each with the last title that a visit gave."""
    titles: dict[PageKey, str] = {}
    for visit in visits:
        titles[visit.page_key] = visit.subject or titles.get(visit.page_key, "")
    return titles


def visitor_from_name(name: str) -> int:
    """Return the number of the visitor to whom the client gives this name."""
    return _hashed(name.encode(), b"")


def visitor_from_address(address: str, agent: str, salt: bytes) -> int:
    """Return the number of the visitor with this address and this browser, the same for as long as the salt is.

    >>> today, tomorrow = (visitor_from_address("192.0.2.1", "Firefox", salt) for salt in (b"today", b"tomorrow"))
    >>> today == tomorrow
    False
    """
    return _hashed(f"{address}\n{agent}".encode(), salt)


def _hashed(who: bytes, salt: bytes) -> int:
    digest = hashlib.blake2b(who, digest_size=8, key=salt, person=b"ideeza visitor")
    return int.from_bytes(digest.digest()) >> (64 - VISITOR_BITS)
