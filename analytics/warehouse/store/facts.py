"""The raw facts, counted. Questions never come here: only roll-up, verification, purge and erasure do."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
from django.contrib.auth import get_user_model

from analytics import database
from analytics.datasets import Dataset
from analytics.models import BlogView, Event
from tally.columns import Entries, concatenated
from tally.counts import Ints
from tally.span import CALENDAR_START, Span, runs

FACTS_PER_PORTION = 1_000_000
"""About how many facts are read at once, by the planner's estimate: 24 bytes each on the server, as many here."""
MAX_FACTS_PER_READ = 2 * FACTS_PER_PORTION
"""How many are read at once whatever the estimate was; a table that was never analysed has none worth the name."""
MIN_READ_SPAN = timedelta(seconds=1)
DAY = timedelta(days=1)
MICROSECONDS_A_DAY = DAY // timedelta(microseconds=1)

Moments = tuple[datetime, datetime]
Read = Callable[[Dataset, Moments, int | None], list[Ints] | None]
Portion = tuple[list[date], Entries]

MEMBER_BITS, GROUP_BITS = 40, 23
"""A blog and a country that need no more are read as one integer: that takes a third less time than two."""
POSTGRES_COLUMNS = "string_agg(timestamptz_send(timestamp) || int8send(key) || int8send(member), '')"
"""24 bytes a fact, as one value: three columns take a fifth longer, rows of their own several times as long."""
POSTGRES_FACTS = """SELECT timestamp, {of.group} AS key, {of.member} AS member FROM {of.facts}
                    WHERE timestamp >= %s AND timestamp < %s"""
POSTGRES_READ = f"SELECT {POSTGRES_COLUMNS} FROM ({POSTGRES_FACTS} LIMIT %s) AS piece"
POSTGRES_READ_NARROW = f"""
    SELECT string_agg(timestamptz_send(timestamp) || int8send(key << {MEMBER_BITS} | member), ''),
        int8send(greatest(max(member) >> {MEMBER_BITS}, max(key) >> {GROUP_BITS}))
    FROM ({POSTGRES_FACTS} LIMIT %s) AS piece"""
"""The same in 16 bytes a fact, and with it whether that is enough: 0."""
POSTGRES_DELETE = f"""WITH gone AS (DELETE FROM {{of.facts}} WHERE timestamp >= %s AND timestamp < %s
                                  RETURNING timestamp, {{of.group}} AS key, {{of.member}} AS member)
                    SELECT {POSTGRES_COLUMNS} FROM gone"""
SQLITE_READ = """SELECT group_concat({of.group}), group_concat({of.member}) FROM {of.facts}
                 WHERE timestamp >= %s AND timestamp < %s"""
SQLITE_DELETE = (
    "DELETE FROM {of.facts} WHERE timestamp >= %s AND timestamp < %s",
    # The marks of that deletion, and no others: SQLite has one writer.
    "DELETE FROM {of.marks} WHERE day >= %s AND day < %s",
)


def counted(dataset: Dataset, days: Sequence[date]) -> Iterator[Portion]:
    """Facts of these days by day (as its number since 1970), group and member: some days at a time, in order."""
    return _portions(dataset, days, _read_postgres if database.on_postgres() else _read_sqlite)


def delete_and_count(dataset: Dataset, days: Sequence[date]) -> Iterator[Portion]:
    """As `counted`, and the facts counted are gone: exactly those, whatever is being written meanwhile."""
    if database.on_postgres():
        database.execute("SET LOCAL ideeza.purging = 'on'")
        yield from _portions(dataset, days, _delete_postgres)
        database.execute("SET LOCAL ideeza.purging = 'off'")
    else:
        yield from counted(dataset, days)
        for span in runs(list(days)):
            for sql in SQLITE_DELETE:
                database.execute(sql.format(of=dataset), [database.midnight(day) for day in (span.start, span.end)])


def _portions(dataset: Dataset, days: Sequence[date], read: Read) -> Iterator[Portion]:
    """Whole days, as many as it takes to have about AT_ONCE facts."""
    for span in runs(list(days)):
        waiting, since, size = [], span.start, 0
        for (_, end), columns in _reads(dataset, _moments(span), read):
            waiting.append(_entries(columns))
            size += columns[0].size
            done = end.date()
            if done == span.end or (size >= FACTS_PER_PORTION and end == _midnight(done)):
                yield list(Span(since, done)), concatenated(waiting).merged(by_group=True)
                waiting, since, size = [], done, 0


def _entries(columns: list[Ints]) -> Entries:
    day, group, member = columns
    return Entries(day, group, member, np.ones_like(member)).merged(by_group=True)


def _moments(span: Span) -> Moments:
    return _midnight(span.start), _midnight(span.end)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _reads(dataset: Dataset, moments: Moments, read: Read) -> Iterator[tuple[Moments, list[Ints]]]:
    """The facts of a time, in pieces that are small enough, in order: what is too much is read in halves."""
    start, end = moments
    limit = (
        MAX_FACTS_PER_READ if end - start > MIN_READ_SPAN else None
    )  # what happened in one moment cannot be cut by time
    columns = None if _estimated_too_large(dataset, moments) else read(dataset, moments, limit)
    if columns is not None:
        yield moments, columns
    else:
        middle = _middle(start, end)
        yield from _reads(dataset, (start, middle), read)
        yield from _reads(dataset, (middle, end), read)


def _middle(start: datetime, end: datetime) -> datetime:
    """At midnight, as long as there is one between."""
    half = (end - start) / 2
    return _midnight((start + half).date()) if end - start > DAY else start + half


def _estimated_too_large(dataset: Dataset, moments: Moments) -> bool:
    """Of several days: by the planner's estimate. That knows nothing of a table that was never analysed, so a day is
    always tried. SQLite finds a day by its index, so it reads days."""
    if moments[1] - moments[0] <= DAY or not database.on_postgres():
        return moments[1] - moments[0] > DAY
    plan = database.value(f"EXPLAIN (FORMAT json) {POSTGRES_FACTS}".format(of=dataset), moments)
    return (plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"]["Plan Rows"] > FACTS_PER_PORTION


def _read_postgres(dataset: Dataset, moments: Moments, limit: int | None) -> list[Ints] | None:
    """None when that is too much."""
    params = [*moments, limit]
    columns = _read_narrow(dataset, params) or _arrays(POSTGRES_READ.format(of=dataset), params)
    return columns if limit is None or columns[0].size < limit else None


def _read_narrow(dataset: Dataset, params: Sequence[Any]) -> list[Ints] | None:
    """None when ids are too large for it."""
    ((data, beyond),) = database.copied(POSTGRES_READ_NARROW.format(of=dataset), params)
    if int.from_bytes(beyond or b""):
        return None
    times, pairs = np.frombuffer(data or b"", ">i8").reshape(-1, 2).T.astype(np.int64)
    return [_days(times), pairs >> MEMBER_BITS, pairs & ((1 << MEMBER_BITS) - 1)]


def _delete_postgres(dataset: Dataset, moments: Moments, limit: int | None) -> list[Ints] | None:
    """None, and nothing is taken, when that is too much: deleting knows no limit."""
    counting = f"SELECT count(*) FROM ({POSTGRES_FACTS} LIMIT %s) AS piece".format(of=dataset)
    if limit is not None and database.value(counting, [*moments, limit]) >= limit:
        return None
    return _arrays(POSTGRES_DELETE.format(of=dataset), moments)


def _arrays(sql: str, params: Sequence[Any]) -> list[Ints]:
    ((data,),) = database.copied(sql, params)
    times, group, member = np.frombuffer(data or b"", ">i8").reshape(-1, 3).T.astype(np.int64)
    return [_days(times), group, member]


def _days(times: Ints) -> Ints:
    return times // MICROSECONDS_A_DAY + database.POSTGRES_EPOCH_DAY


def _read_sqlite(dataset: Dataset, moments: Moments, limit: int | None) -> list[Ints]:
    """Of one day: SQLite streams, so it needs no limit."""
    (row,) = database.rows(SQLITE_READ.format(of=dataset), [database.midnight(moment.date()) for moment in moments])
    group, member = (np.fromstring(text or "", np.int64, sep=",") for text in row)
    return [np.full_like(member, (moments[0].date() - CALENDAR_START).days), group, member]


def recounted(dataset: Dataset, span: Span) -> Entries:
    """Facts by group and member in one span, in the plainest SQL: what verification trusts."""
    source = f"""(SELECT {dataset.group} AS key, {dataset.member} AS member, count(*) AS facts FROM {dataset.facts}
                  WHERE timestamp >= %s AND timestamp < %s GROUP BY 1, 2) AS plain"""
    bounds = [database.midnight(day) for day in (span.start, span.end)]
    group, member, facts = database.columns(("key", "member", "facts"), source, bounds)
    return Entries(np.zeros_like(member), group, member, facts)


def erase_viewer(username: str) -> int:
    return BlogView.objects.filter(viewer__in=get_user_model().objects.filter(username=username)).delete()[0]


def erase_address(address: str) -> int:
    return BlogView.objects.filter(ip_address=address).delete()[0]


def erase_session(session: int) -> int:
    return Event.objects.filter(session=session).delete()[0]


def span(dataset: Dataset) -> Span | None:
    """From the first day with facts to the last, or None when there are none."""
    first, last = database.rows(f"SELECT min(timestamp), max(timestamp) FROM {dataset.facts}")[0]
    if first is None:
        return None
    return Span.closed(*(moment.astimezone(UTC).date() for moment in map(database.as_time, (first, last)) if moment))


def any_facts(dataset: Dataset) -> bool:
    return bool(database.rows(f"SELECT 1 FROM {dataset.facts} LIMIT 1"))
