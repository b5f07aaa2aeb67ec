"""Count, delete and erase the raw facts. Roll-up, verification, purge and erasure read them; questions never do."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
from django.contrib.auth import get_user_model

from analytics import database
from analytics.datasets import Dataset
from analytics.models import BlogView, Event
from tally.columns import UNKNOWN_GROUP, Entries, concatenated
from tally.counts import Ints
from tally.span import CALENDAR_START, Span, runs

FACTS_PER_PORTION = 1_000_000
"""The approximate number of facts read at once, by the planner's estimate: 24 bytes each on the server and as many
here."""
MAX_FACTS_PER_READ = 2 * FACTS_PER_PORTION
"""The most facts read at once, whatever the estimate: a table that was never analysed has no useful one."""
MIN_READ_SPAN = timedelta(seconds=1)
DAY = timedelta(days=1)
MICROSECONDS_A_DAY = DAY // timedelta(microseconds=1)

Moments = tuple[datetime, datetime]
Read = Callable[[Dataset, Moments, int | None], list[Ints] | None]
Portion = tuple[list[date], Entries]

MEMBER_BITS, GROUP_BITS = 40, 23
"""A member and a group of at most these bits are read as one integer, in two thirds of the time of reading two."""
POSTGRES_COLUMNS = "string_agg(timestamptz_send(timestamp) || int8send(key) || int8send(member), '')"
"""24 bytes a fact, as one value. Three columns take a fifth longer; rows take several times as long."""
POSTGRES_FACTS = """SELECT timestamp, {of.group} AS key, {of.member} AS member FROM {of.facts}
                    WHERE timestamp >= %s AND timestamp < %s"""
POSTGRES_READ = f"SELECT {POSTGRES_COLUMNS} FROM ({POSTGRES_FACTS} LIMIT %s) AS piece"
POSTGRES_READ_NARROW = f"""
    SELECT string_agg(timestamptz_send(timestamp) || int8send(key << {MEMBER_BITS} | member), ''),
        int8send(greatest(max(member) >> {MEMBER_BITS}, max(key) >> {GROUP_BITS}))
    FROM ({POSTGRES_FACTS} LIMIT %s) AS piece"""
"""The same in 16 bytes a fact, and a second column: 0 if all ids fit."""
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
    """Yield the facts of these days, counted by day (as its number since 1970), group and member: a portion of days at
    a time, in order."""
    return _portions(dataset, days, _read_postgres if database.on_postgres() else _read_sqlite)


def delete_and_count(dataset: Dataset, days: Sequence[date]) -> Iterator[Portion]:
    """Yield the same as `counted`, and delete exactly the facts that are counted, whatever is written meanwhile."""
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
    """Yield whole days, as many as hold about FACTS_PER_PORTION facts."""
    groups = _existing_groups(dataset)
    for span in runs(list(days)):
        waiting, since, size = [], span.start, 0
        for (_, end), columns in _reads(dataset, _moments(span), read):
            waiting.append(_entries(columns, groups))
            size += columns[0].size
            done = end.date()
            if done == span.end or (size >= FACTS_PER_PORTION and end == _midnight(done)):
                yield list(Span(since, done)), concatenated(waiting).merged(by_group=True)
                waiting, since, size = [], done, 0


def _entries(columns: list[Ints], groups: Ints | None) -> Entries:
    day, group, member = columns
    return Entries(day, _existing(group, groups), member, np.ones_like(member)).merged(by_group=True)


def _existing_groups(dataset: Dataset) -> Ints | None:
    """Return the ids of existing groups, or None if the database refuses facts of groups that do not exist."""
    return database.columns(("id",), dataset.groups)[0] if dataset.groups else None


def _existing(group: Ints, groups: Ints | None) -> Ints:
    """Return the groups, UNKNOWN_GROUP in place of one that was deleted while a fact of it was being written."""
    return group if groups is None else np.where(np.isin(group, groups), group, UNKNOWN_GROUP)


def _moments(span: Span) -> Moments:
    return _midnight(span.start), _midnight(span.end)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _reads(dataset: Dataset, moments: Moments, read: Read) -> Iterator[tuple[Moments, list[Ints]]]:
    """Yield the facts of a time in order, in reads that are small enough: a time with too many facts is halved."""
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
    """Return the middle, at midnight if there is a midnight in between."""
    half = (end - start) / 2
    return _midnight((start + half).date()) if end - start > DAY else start + half


def _estimated_too_large(dataset: Dataset, moments: Moments) -> bool:
    """Return whether several days hold too many facts, by the planner's estimate. A single day is always tried, because
    a table that was never analysed has no estimate. SQLite finds a day by its index, so it always reads single days."""
    if moments[1] - moments[0] <= DAY or not database.on_postgres():
        return moments[1] - moments[0] > DAY
    plan = database.value(f"EXPLAIN (FORMAT json) {POSTGRES_FACTS}".format(of=dataset), moments)
    estimate: int = (plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"]["Plan Rows"]
    return estimate > FACTS_PER_PORTION


def _read_postgres(dataset: Dataset, moments: Moments, limit: int | None) -> list[Ints] | None:
    """Return the columns, or None if there are too many facts."""
    params = [*moments, limit]
    columns = _read_narrow(dataset, params) or _arrays(POSTGRES_READ.format(of=dataset), params)
    return columns if limit is None or columns[0].size < limit else None


def _read_narrow(dataset: Dataset, params: Sequence[Any]) -> list[Ints] | None:
    """Return the columns, or None if ids are too large."""
    ((data, beyond),) = database.copied(POSTGRES_READ_NARROW.format(of=dataset), params)
    if int.from_bytes(beyond or b""):
        return None
    times, pairs = np.frombuffer(data or b"", ">i8").reshape(-1, 2).T.astype(np.int64)
    return [_days(times), pairs >> MEMBER_BITS, pairs & ((1 << MEMBER_BITS) - 1)]


def _delete_postgres(dataset: Dataset, moments: Moments, limit: int | None) -> list[Ints] | None:
    """Delete and return the facts, or return None and delete nothing if there are too many: DELETE has no limit."""
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
    """Return the columns of one day. SQLite streams rows, so there is no limit."""
    (row,) = database.rows(SQLITE_READ.format(of=dataset), [database.midnight(moment.date()) for moment in moments])
    group, member = (np.fromstring(text or "", np.int64, sep=",") for text in row)
    return [np.full_like(member, (moments[0].date() - CALENDAR_START).days), group, member]


def recounted(dataset: Dataset, span: Span) -> Entries:
    """Return the facts of a span by group and member, counted in plain SQL, for verification."""
    source = f"""(SELECT {dataset.group} AS key, {dataset.member} AS member, count(*) AS facts FROM {dataset.facts}
                  WHERE timestamp >= %s AND timestamp < %s GROUP BY 1, 2) AS plain"""
    bounds = [database.midnight(day) for day in (span.start, span.end)]
    group, member, facts = database.columns(("key", "member", "facts"), source, bounds)
    return Entries(np.zeros_like(member), _existing(group, _existing_groups(dataset)), member, facts)


def erase_viewer(username: str) -> int:
    return BlogView.objects.filter(viewer__in=get_user_model().objects.filter(username=username)).delete()[0]


def erase_address(address: str) -> int:
    return BlogView.objects.filter(ip_address=address).delete()[0]


def erase_session(session: int) -> int:
    return Event.objects.filter(session=session).delete()[0]


def count(dataset: Dataset, span: Span) -> int:
    """Return the number of facts in a span."""
    bounds = [database.midnight(day) for day in (span.start, span.end)]
    found: int = database.value(
        f"SELECT count(*) FROM {dataset.facts} WHERE timestamp >= %s AND timestamp < %s", bounds
    )
    return found


def span(dataset: Dataset) -> Span | None:
    """Return the days from the first fact to the last, or None if there are none."""
    first, last = database.rows(f"SELECT min(timestamp), max(timestamp) FROM {dataset.facts}")[0]
    if first is None:
        return None
    return Span.closed(*(moment.astimezone(UTC).date() for moment in map(database.as_time, (first, last)) if moment))


def any_facts(dataset: Dataset) -> bool:
    return bool(database.rows(f"SELECT 1 FROM {dataset.facts} LIMIT 1"))
