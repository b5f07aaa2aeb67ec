"""A visit of a page as collectors receive it, with its page and its visitor."""

import hashlib
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

import msgspec

from analytics.sources.contexts import UNKNOWN, ViewContext
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
    microseconds since 1970. `formerly` is the number that the visitor had the day before, 0 for none. `context` is that
    of the blog view that the visit may be.
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
    context: ViewContext = UNKNOWN

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


def salt_of_day(day: date, secret: bytes) -> bytes:
    """Return the salt of a day for what is imported: the same line gives the same visitor at each import, so this salt
    follows from the installation's secret and is not stored."""
    return hashlib.blake2b(day.isoformat().encode(), digest_size=32, key=secret[:64], person=b"ideeza imports").digest()


def stored_visitor(number: int, secret: bytes) -> int | None:
    """Return what views store of a visitor with this number: 64 bits with a sign, another one in each installation.
    Return None for the number 0, which is no visitor.

    >>> stored_visitor(visitor_from_name("ann"), b"one") == stored_visitor(visitor_from_name("ann"), b"two")
    False
    >>> stored_visitor(0, b"one")
    """
    if not number:
        return None
    digest = hashlib.blake2b(number.to_bytes(8), digest_size=8, key=secret[:64], person=b"ideeza views")
    return int.from_bytes(digest.digest(), signed=True)


def _hashed(who: bytes, salt: bytes) -> int:
    digest = hashlib.blake2b(who, digest_size=8, key=salt, person=b"ideeza visitor")
    return int.from_bytes(digest.digest()) >> (64 - VISITOR_BITS)
