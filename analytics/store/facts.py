"""The raw views, counted. Questions never come here: only roll-up, verification, purge and erasure do."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
from django.contrib.auth import get_user_model

from analytics import database
from analytics.models import BlogView
from tally.blocks import Entries, joined
from tally.counts import Ints
from tally.span import FIRST_DAY, Span, runs

AT_ONCE = 1_000_000
"""About how many facts are read at once: 24 bytes each on the server, as many here."""
SHORTEST = timedelta(seconds=1)
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""Where PostgreSQL's clock starts."""
EPOCH_DAY = (EPOCH.date() - FIRST_DAY).days
DAY = timedelta(days=1)
MICROSECONDS_A_DAY = DAY // timedelta(microseconds=1)

Moments = tuple[datetime, datetime]
Read = Callable[[Moments], list[Ints]]

POSTGRES_COLUMNS = """string_agg(timestamptz_send(timestamp), ''), string_agg(int8send(coalesce(country_id, 0)), ''),
                      string_agg(int8send(blog_id), '')"""
POSTGRES_READ = f"SELECT {POSTGRES_COLUMNS} FROM analytics_blogview WHERE timestamp >= %s AND timestamp < %s"
POSTGRES_TAKE = f"""WITH gone AS (DELETE FROM analytics_blogview WHERE timestamp >= %s AND timestamp < %s
                                  RETURNING timestamp, country_id, blog_id)
                    SELECT {POSTGRES_COLUMNS} FROM gone"""
SQLITE_READ = """SELECT group_concat(coalesce(country_id, 0)), group_concat(blog_id) FROM analytics_blogview
                 WHERE timestamp >= %s AND timestamp < %s"""
SQLITE_FORGET = (
    "DELETE FROM analytics_blogview WHERE timestamp >= %s AND timestamp < %s",
    # The marks of that deletion, and no others: SQLite has one writer.
    "DELETE FROM analytics_stale_mark WHERE day >= %s AND day < %s",
)


def counted(days: Sequence[date]) -> Entries:
    """Views of these days by day (as its number since 1970), country and blog."""
    return _counted(days, _read_postgres if database.on_postgres() else _read_sqlite)


def taken(days: Sequence[date]) -> Entries:
    """As `counted`, and the facts counted are gone: exactly those, whatever is being written meanwhile."""
    if not database.on_postgres():
        found = counted(days)
        for span in runs(list(days)):
            for sql in SQLITE_FORGET:
                database.execute(sql, _bounds(_moments(span)))
        return found
    database.execute("SET LOCAL ideeza.freezing = 'on'")
    found = _counted(days, _take_postgres)
    database.execute("SET LOCAL ideeza.freezing = 'off'")
    return found


def _counted(days: Sequence[date], read: Read) -> Entries:
    pieces = [_entries(read(piece)) for span in runs(list(days)) for piece in _pieces(_moments(span))]
    return pieces[0] if len(pieces) == 1 else joined(pieces).merged(by_country=True)


def _entries(columns: list[Ints]) -> Entries:
    day, country, blog = columns
    return Entries(day, country, blog, np.ones_like(blog)).merged(by_country=True)


def _moments(span: Span) -> Moments:
    start, end = (datetime.combine(day, time(), UTC) for day in (span.start, span.end))
    return start, end


def _pieces(moments: Moments) -> Iterator[Moments]:
    """The time cut into pieces small enough to be read at once: by the planner's estimate on PostgreSQL, by the day on
    SQLite, which finds a day by its index."""
    start, end = moments
    if database.on_postgres():
        small = end - start <= SHORTEST or _estimate(moments) <= AT_ONCE
        middle = start + (end - start) / 2
    else:
        small = end - start <= DAY
        middle = start + max(DAY, (end - start) // 2 // DAY * DAY)
    if small:
        yield moments
    else:
        yield from _pieces((start, middle))
        yield from _pieces((middle, end))


def _estimate(moments: Moments) -> int:
    plan = database.value(f"EXPLAIN (FORMAT json) {POSTGRES_READ.replace(POSTGRES_COLUMNS, '1')}", moments)
    return (plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"]["Plan Rows"]


def _read_postgres(moments: Moments) -> list[Ints]:
    return _arrays(POSTGRES_READ, moments)


def _take_postgres(moments: Moments) -> list[Ints]:
    return _arrays(POSTGRES_TAKE, moments)


def _arrays(sql: str, moments: Moments) -> list[Ints]:
    (row,) = database.copied(sql, moments)
    times, country, blog = (np.frombuffer(data or b"", ">i8") for data in row)
    return [times // MICROSECONDS_A_DAY + EPOCH_DAY, country.astype(np.int64), blog.astype(np.int64)]


def _read_sqlite(moments: Moments) -> list[Ints]:
    (row,) = database.rows(SQLITE_READ, _bounds(moments))
    country, blog = (np.fromstring(text or "", np.int64, sep=",") for text in row)
    return [np.full_like(blog, (moments[0].date() - FIRST_DAY).days), country, blog]


def _bounds(moments: Moments) -> list[Any]:
    """SQLite keeps times as text that sorts by time; a bare date sorts before every time of its day."""
    return [moment.date().isoformat() for moment in moments]


def recounted(span: Span) -> Entries:
    """Views by country and blog in one span, in the plainest SQL: what verification trusts."""
    source = """(SELECT coalesce(country_id, 0) AS country, blog_id AS blog, count(*) AS views FROM analytics_blogview
                 WHERE timestamp >= %s AND timestamp < %s GROUP BY 1, 2) AS plain"""
    bounds = [database.midnight(day) for day in (span.start, span.end)]
    country, blog, views = database.columns(("country", "blog", "views"), source, bounds)
    return Entries(np.zeros_like(blog), country, blog, views)


def erase_viewer(username: str) -> int:
    return BlogView.objects.filter(viewer__in=get_user_model().objects.filter(username=username)).delete()[0]


def erase_address(address: str) -> int:
    return BlogView.objects.filter(ip_address=address).delete()[0]


def span() -> Span | None:
    """From the first day with facts to the last, or None when there are none."""
    first, last = database.rows("SELECT min(timestamp), max(timestamp) FROM analytics_blogview")[0]
    if first is None:
        return None
    return Span.closed(*(moment.astimezone(UTC).date() for moment in map(database.as_time, (first, last)) if moment))


def any_at_all() -> bool:
    return bool(database.rows("SELECT 1 FROM analytics_blogview LIMIT 1"))
