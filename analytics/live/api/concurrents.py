"""Who is on a site now, and which of its pages gain visitors."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

import msgspec
from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import NotAuthenticated, ValidationError
from rest_framework.permissions import AllowAny

from analytics import clock
from analytics.access.api.api_keys import Caller, UnknownKey, require_read_key, require_reader
from analytics.http.fast_view import FastView
from analytics.http.operations import documented
from analytics.http.pagination import whole_number
from analytics.live.api import docs, snapshot_refresh
from analytics.live.api.shared_answers import SharedAnswer, SharedAnswerCache
from analytics.live.flow import rank_pages, take_snapshots, update_baselines
from analytics.live.flow.rank_pages import LiveSite, RankedPage
from analytics.sources.url_spelling import BadUrl, normal_host
from tally.trending import Measure

DEFAULT_TOP_PAGES, MAX_PAGES = 10, 100
MAX_LIMIT = 2**31
CHARTBEAT_KEY_HEADER = "X-CB-AK"
DEFAULT_MINUTES, MAX_MINUTES = 15, 1440
DEFAULT_PAGES = 20
JSON = "application/json"
Choice = TypeVar("Choice", bound=StrEnum)

answer_cache = SharedAnswerCache()


class UnknownKeyAs400(UnknownKey):
    """The key is unknown. The published endpoint answers this with 400."""

    status_code = 400


class CachedLiveView(FastView):
    fast_methods = frozenset({"GET"})
    metric_prefix = "live"
    permission_classes = [AllowAny]

    def shared_response(
        self, host: str, options: tuple[object, ...], compute: Callable[[datetime], Any]
    ) -> HttpResponse:
        """Return one answer, shared by all requests that ask the same within an interval."""
        now = clock.now()

        def compute_answer() -> SharedAnswer:
            settled = snapshot_refresh.keep_up(host, now)
            if Measure.RELATIVE in options:
                update_baselines.catch_up(host, now)
            return SharedAnswer(take_snapshots.moment_of(now), settled, msgspec.json.encode(compute(now)))

        key, moment = (type(self), host, *options), take_snapshots.moment_of(now)
        body = answer_cache.get_or_compute(key, moment, time.monotonic(), compute_answer)
        return HttpResponse(body, content_type=JSON, headers={"Cache-Control": "no-store"})


def _require_published_key(request: HttpRequest) -> Caller:
    try:
        return require_read_key(request)
    except UnknownKey as error:
        raise UnknownKeyAs400() from error


def _require_chartbeat_key(request: HttpRequest) -> Caller:
    return require_read_key(request, header=CHARTBEAT_KEY_HEADER)


class IncreasingConcurrents(CachedLiveView):
    @documented(authenticate=_require_published_key, **docs.INCREASING)
    def get(self, request: HttpRequest) -> HttpResponse:
        caller, host = _require_published_key(request), _host(request)
        if not host:
            raise NotAuthenticated("host: this parameter is required.")
        caller.require_host(host)
        measure = _choice(request, "measure", Measure.DIFFERENCE)
        return self.shared_response(host, (measure,), lambda now: _increasing(rank_pages.rising(host, measure, now)))


class Concurrents(CachedLiveView):
    @documented(authenticate=require_reader, **docs.CONCURRENTS)
    def get(self, request: HttpRequest) -> HttpResponse:
        caller, host = require_reader(request), _host(request)
        if host:
            caller.require_host(host)
        measure = _choice(request, "measure", Measure.DIFFERENCE)
        minutes = whole_number(request.GET, "minutes", DEFAULT_MINUTES, MAX_MINUTES)
        limit = whole_number(request.GET, "limit", DEFAULT_PAGES, MAX_PAGES)
        return self.shared_response(
            host,
            (measure, minutes, limit),
            lambda now: _live(host, rank_pages.live(host, measure, minutes * 60, limit, now)),
        )


class TopPages(CachedLiveView):
    """As Chartbeat's service of this name answered before its third version. Its clients may ask for more pages than
    there are to have, and send their key in a header of its own."""

    @documented(authenticate=_require_chartbeat_key, **docs.TOP_PAGES)
    def get(self, request: HttpRequest) -> HttpResponse:
        return self._top_pages(request, _version_two)

    def _top_pages(self, request: HttpRequest, as_json: Callable[[str, Sequence[RankedPage]], Any]) -> HttpResponse:
        caller, host = _require_chartbeat_key(request), _host(request)
        if not host:
            raise ValidationError({"host": ["This parameter is required."]})
        caller.require_host(host)
        limit = min(whole_number(request.GET, "limit", DEFAULT_TOP_PAGES, MAX_LIMIT), MAX_PAGES)
        return self.shared_response(host, (limit,), lambda now: as_json(host, rank_pages.toppages(host, limit, now)))


class TopPagesV3(TopPages):
    @documented(authenticate=_require_chartbeat_key, **docs.TOP_PAGES_V3)
    def get(self, request: HttpRequest) -> HttpResponse:
        return self._top_pages(request, _version_three)


def _increasing(pages: Sequence[RankedPage]) -> list[dict[str, Any]]:
    return [{"i": page.path, "change": page.change} for page in pages]


def _version_two(host: str, pages: Sequence[RankedPage]) -> list[dict[str, Any]]:
    return [{"i": page.subject, "path": page.path, "visitors": page.visitors} for page in pages]


def _version_three(host: str, pages: Sequence[RankedPage]) -> dict[str, Any]:
    return {"pages": [_version_three_page(host, page) for page in pages]}


def _version_three_page(host: str, page: RankedPage) -> dict[str, Any]:
    """Return a page with host and path in one; that of another host, which an upstream lists, has its own in it."""
    path = host + page.path if page.path.startswith("/") else page.path
    return {"path": path, "title": page.subject, "stats": {"people": page.visitors}}


def _live(host: str, live: LiveSite | None) -> dict[str, Any]:
    if live is None:
        nothing: dict[str, Any] = {"series": [], "pages": [], "rising": [], "falling": []}
        return {"host": host, "at": None, "interval_seconds": take_snapshots.interval(), "visitors": 0, **nothing}
    curves = live.curve.pages

    def as_json(page: RankedPage) -> dict[str, Any]:
        return {**_page_as_json(page), "usual": live.usual.get(page.page)}

    def with_referrers(page: RankedPage) -> dict[str, Any]:
        came_from = [{"referrer": host, "visitors": n} for host, n in live.referrers.get(page.page, [])]
        return {**as_json(page), "series": curves[page.page], "referrers": came_from}

    return {
        "host": host,
        "at": live.at and _iso(live.at),
        "interval_seconds": live.interval,
        "visitors": live.visitors,
        "series": [[_iso(at), n] for at, n in zip(live.curve.moments, live.curve.visitors, strict=True)],
        "pages": [with_referrers(page) for page in live.pages],
        "rising": [as_json(page) for page in live.rising],
        "falling": [as_json(page) for page in live.falling],
    }


def _page_as_json(page: RankedPage) -> dict[str, Any]:
    return {"path": page.path, "title": page.subject, "visitors": page.visitors, "change": page.change}


def _iso(second: int) -> str:
    """
    >>> _iso(0)
    '1970-01-01T00:00:00Z'
    """
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _host(request: HttpRequest) -> str:
    """Return the host asked about, in its one spelling; empty without one."""
    given = request.GET.get("host", "").strip()
    try:
        return normal_host(given) if given else ""
    except BadUrl as error:
        raise ValidationError({"host": [str(error)]}) from error


def _choice(request: HttpRequest, name: str, default: Choice) -> Choice:
    kind = type(default)
    try:
        return kind(request.GET.get(name, default))
    except ValueError as error:
        raise ValidationError({name: [f"Must be one of: {', '.join(kind)}."]}) from error
