"""Ask upstream services for the visitors of the hosts they know, each one separately, so that none delays another."""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from analytics import database, metrics
from analytics.clock import MAX_DIFFERENCE
from analytics.live.store import pages, snapshots, upstreams
from analytics.live.store.snapshots import NewSnapshot
from analytics.live.store.upstreams import UpstreamSource, source, sources
from analytics.models.site import MAX_PATH, MAX_SUBJECT
from analytics.sources.messages.page_visits import PageKey
from analytics.sources.upstream import http_client, toppages
from analytics.sources.upstream.http_client import NoAnswer, Response
from analytics.sources.upstream.toppages import BadUpstreamAnswer, TopPage
from analytics.sources.url_spelling import BadUrl, normal_page_path, normal_page_url
from tally.active_visitors import ActiveVisitors, is_kept, is_lasting
from tally.counts import Counts

OK = 200
PAGE_LIMIT = "100"
MAX_PAUSE = timedelta(hours=1)
MAX_QUESTION = timedelta(seconds=http_client.TIMEOUT_SECONDS + 1)
"""The time for a question and its answer; no other process asks until it is over or the answer is noted."""
_asking: set[str] = set()
_asking_lock = threading.Lock()


def is_due(source: UpstreamSource, now: datetime) -> bool:
    """Return whether the interval of the service has passed, any pause it asked for is over, and no question to it is
    open. Times that lie too far in the future were written by a server whose clock is wrong and do not count."""
    paused = source.ask_after is not None and now < source.ask_after <= now + MAX_PAUSE + MAX_DIFFERENCE
    if paused:
        return False
    asked = source.asked_at
    return asked is None or now - asked >= timedelta(seconds=source.interval) or asked > now + MAX_DIFFERENCE


def poll(source: UpstreamSource, now: datetime) -> bool:
    """Ask the service, if it is due and is not being asked, and keep the snapshot. Return whether the service gave an
    answer that could be kept. A failure is noted in the row of the source, and the note never contains its key.

    No connection to the database is held while the service is waited for.
    """
    with _asking_once(source.host) as first:
        if not first or not is_due(source, now) or not upstreams.claim(source, now, now + MAX_QUESTION):
            return False
        database.release()
        return _ask(source, now)


@contextmanager
def _asking_once(host: str) -> Iterator[bool]:
    """Yield whether no other thread asks about this host now."""
    with _asking_lock:
        first = host not in _asking
        _asking.add(host)
    try:
        yield first
    finally:
        if first:
            with _asking_lock:
                _asking.discard(host)


def _ask(source: UpstreamSource, now: datetime) -> bool:
    try:
        answer = http_client.get(source.url, {"apikey": source.key, "host": source.host, "limit": PAGE_LIMIT})
        if answer.status != OK:
            _record_refusal(source, answer, now)
            return False
        _store(source, toppages.read(answer.body, source.host), now)
    except (NoAnswer, BadUpstreamAnswer) as error:
        _record(source, 0 if isinstance(error, NoAnswer) else OK, str(error))
        return False
    upstreams.update(source.host, {"status": OK, "failure": "", "answered_at": now, "ask_after": None})
    return True


def _record_refusal(source: UpstreamSource, answer: Response, now: datetime) -> None:
    rest = _pause(answer.headers.get("Retry-After", ""), now)
    _record(source, answer.status, f"It answered {answer.status}.", now + rest if rest else None)


def _record(source: UpstreamSource, status: int, reason: str, ask_after: datetime | None = None) -> None:
    metrics.count("upstream.failures", 1)
    reason = reason.replace(source.key, "[key]") if source.key else reason
    upstreams.update(source.host, {"status": status, "failure": reason[: upstreams.MAX_REASON], "ask_after": ask_after})


def _pause(retry_after: str, now: datetime) -> timedelta | None:
    """Return the pause that a Retry-After header asks for, in seconds or until a date; an hour at most.

    >>> _pause("7", datetime(2024, 1, 1, tzinfo=UTC)), _pause("soon", datetime(2024, 1, 1, tzinfo=UTC))
    (datetime.timedelta(seconds=7), None)
    >>> _pause("Mon, 01 Jan 2024 00:01:00 GMT", datetime(2024, 1, 1, tzinfo=UTC))
    datetime.timedelta(seconds=60)
    """
    if retry_after.isascii() and retry_after.isdecimal():
        return min(timedelta(seconds=int(retry_after[:9])), MAX_PAUSE)
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    aware = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(min(aware - now, MAX_PAUSE), timedelta())


def _store(source: UpstreamSource, listing: Iterable[TopPage], now: datetime) -> None:
    """Keep the listed pages as a snapshot, at a moment on the grid of the source's own interval."""
    listed = [page._replace(path=path) for page in listing if page.visitors and (path := _path(page.path))]
    with database.committing():
        (site,) = pages.get_or_create_sites([source.host], now).values()
        subjects = {PageKey(source.host, page.path): page.title[:MAX_SUBJECT] for page in listed}
        places = pages.get_or_create_pages(subjects, now)
        visitors: Counter[int] = Counter()
        for page in listed:
            visitors[places[PageKey(source.host, page.path)].page] += page.visitors
        _add(site, int(now.timestamp()) // source.interval * source.interval, visitors)


def _path(text: str) -> str:
    """Return the path of a page in its one spelling, empty for a text that cannot be kept as one. A path that begins
    with a host, as of a page of another site, stays one.

    >>> _path("/%7eann//"), _path("Blog.Example.com:443/a"), _path(" ")
    ('/~ann/', 'blog.example.com/a', '')
    """
    try:
        path = normal_page_path(text) if text.startswith("/") or "://" in text else normal_page_url(text)
    except BadUrl:
        return ""
    return path if len(path) <= MAX_PATH else ""


def _add(site: int, moment: int, visitors: Counter[int]) -> None:
    """Add a snapshot, unless it and the one before it are both without visitors: one empty snapshot is enough."""
    last = next(iter(snapshots.latest(site, moment, 1)), None)
    had, has = bool(last and last.visitors), bool(visitors)
    if not is_kept(had, has):
        return
    lasting = is_lasting(had, has, before=last.moment if last else None, moment=moment)
    counts = Counts.of(visitors, visitors.values())
    snapshots.add([NewSnapshot(site, moment, ActiveVisitors(counts, counts.total), lasting)])


__all__ = ["UpstreamSource", "is_due", "poll", "source", "sources"]
