"""What another service says of the visitors of a host: Chartbeat's toppages, in its third version or the one before."""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from analytics.sources.url_spelling import BadUrl, normal_host

MAX_VISITORS = 2**31 - 1
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
HOST = re.compile(r"[^/?#]*")


class BadUpstreamAnswer(Exception):
    """An answer that is no list of pages."""


class TopPage(NamedTuple):
    path: str
    title: str
    visitors: int


class _VersionTwo(msgspec.Struct):
    path: str
    visitors: int
    i: str | None = None


class _Stats(msgspec.Struct):
    people: int


class _VersionThree(msgspec.Struct):
    path: str
    stats: _Stats
    title: str | None = None


class _Pages(msgspec.Struct):
    pages: list[_VersionThree]


_decoder = msgspec.json.Decoder(list[_VersionTwo] | _Pages)


def read(data: bytes, host: str) -> list[TopPage]:
    """Return the pages of this host that an answer lists, the same ones in either version. Raise BadUpstreamAnswer when
    it is not a list of pages.

    >>> read(b'[{"i": "Home", "path": "/", "visitors": 7}]', "example.com")
    [TopPage(path='/', title='Home', visitors=7)]
    >>> read(b'{"pages": [{"title": "Home", "path": "example.com/", "stats": {"people": 7}}]}', "example.com")
    [TopPage(path='/', title='Home', visitors=7)]
    """
    try:
        pages = _checked(_pages(_decoder.decode(data)))
        return [page._replace(path=path_at(host, page.path)) for page in pages]
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise BadUpstreamAnswer(f"Not a list of pages: {error}") from error


def path_at(host: str, page: str) -> str:
    """Return the path of a page that is named by its path, or by host and path. A page of another host, as of a
    subdomain, keeps its host, so that it remains a page of its own.

    >>> path_at("example.com", "/a"), path_at("example.com", "example.com/a?b"), path_at("example.com", "Example.com")
    ('/a', '/a?b', '/')
    >>> path_at("example.com", "https://www.example.com/a"), path_at("example.com", "blog.example.com/a")
    ('/a', 'blog.example.com/a')
    """
    page = SCHEME.sub("", page, count=1) if SCHEME.match(page) else page
    named = HOST.match(page)[0]  # type: ignore[index]  # it matches every text
    if not named or not _is_same_site(named, host):
        return page
    rest = page.removeprefix(named)
    return rest if rest.startswith("/") else f"/{rest}"


def _is_same_site(named: str, host: str) -> bool:
    """Return whether both name one site: Chartbeat leaves out `www.`, or not."""
    try:
        return normal_host(named).removeprefix("www.") == host.removeprefix("www.")
    except BadUrl:
        return False


def _pages(answer: Any) -> Iterable[TopPage]:
    if isinstance(answer, _Pages):
        return [TopPage(page.path, page.title or "", page.stats.people) for page in answer.pages]
    return [TopPage(page.path, page.i or "", page.visitors) for page in answer]


def _checked(pages: Iterable[TopPage]) -> Iterable[TopPage]:
    for page in pages:
        if not 0 <= page.visitors <= MAX_VISITORS:
            raise BadUpstreamAnswer(f"{page.visitors} visitors of a page")
        if "\0" in page.path + page.title:
            raise BadUpstreamAnswer("a path or title with a NUL character")
        yield page
