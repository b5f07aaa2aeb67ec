"""What another service says of the visitors of a host: Chartbeat's toppages, in its third version or the one before."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

MAX_VISITORS = 2**31 - 1


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


def read(data: bytes) -> list[TopPage]:
    """Return the pages that an answer lists. Raise BadUpstreamAnswer when it is not a list of pages.

    >>> read(b'[{"i": "Home", "path": "/", "visitors": 7}]')
    [TopPage(path='/', title='Home', visitors=7)]
    >>> read(b'{"pages": [{"title": "Home", "path": "/", "stats": {"people": 7}}]}')
    [TopPage(path='/', title='Home', visitors=7)]
    """
    try:
        return list(_checked(_pages(_decoder.decode(data))))
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise BadUpstreamAnswer(f"Not a list of pages: {error}") from error


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
