"""The views on a ClickHouse cluster. Each shard reduces its own, all shards at once, and only the result travels.

For counting, a shard returns one row for all views of one unit of time, country, blog and context, with their number.
Of the visitors of one unit, country and context that fall into the same register, it returns the one with the largest
value. So the arithmetic is the same as for single facts, for any roll-ups and zones.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from ipaddress import ip_address
from typing import Any

import numpy as np

from analytics import database
from analytics.database import StaleIds, clickhouse
from analytics.database.clickhouse import Shard
from analytics.datasets import Dataset
from analytics.warehouse.store.facts import hidden_loads
from analytics.warehouse.store.facts.cluster_tables import VIEWS_TABLE
from analytics.warehouse.store.facts.fact_store import (
    ErasedViews,
    Moments,
    NewViews,
    Portion,
    Recount,
    existing,
    existing_groups,
    midnight,
    with_existing,
)
from tally.counts import Ints, Mask
from tally.facts import MICROSECONDS_A_DAY, FactColumns, FactDetail, joined
from tally.hyperloglog import REST_BITS
from tally.span import CALENDAR_START, Span, runs
from tally.zones import EPOCH

FACTS_PER_PORTION = 4_000_000
"""The number of views above which a portion ends. Their reduced rows, at most as many, take 48 bytes each."""
MICROSECOND = timedelta(microseconds=1)

IN_SPAN = "day >= %(first)s AND day < %(end)s AND {visible}"
AT_TIME = f"{IN_SPAN} AND time >= %(since)s AND time < %(until)s"
COUNTED = f"""
    SELECT intDiv(time, %(unit)s) * %(unit)s AS unit, country, blog, {{context}} AS origin, count() AS facts
    FROM {{views}} FINAL WHERE {AT_TIME} GROUP BY unit, country, blog, origin"""
VISITED = f"""
    SELECT intDiv(time, %(unit)s) * %(unit)s AS unit, country, {{context}} AS origin, min(visitor) AS largest
    FROM {{views}} FINAL WHERE {AT_TIME} AND visitor != 0
    GROUP BY unit, country, origin, bitShiftRight(visitor, {REST_BITS})"""
"""Of two visitors in one register, the smaller number has more leading zeros behind the bits of the register."""
BY_DAY = f"SELECT day, count() AS facts FROM {{views}} WHERE {IN_SPAN} GROUP BY day"
"""Without FINAL, rows that were sent twice may count twice, which does not matter for the size of a portion."""
RECOUNTED = f"""
    SELECT country, context, modulo(intDiv(intDiv(time, 1000000) + %(ahead)s, 3600), 24) AS hour, {{counted}} AS member,
        count() AS facts
    FROM {{views}} FINAL WHERE {AT_TIME} GROUP BY country, context, hour, member"""
COUNT = f"SELECT count() AS facts FROM {{views}} FINAL WHERE {IN_SPAN}"
DAYS = "SELECT DISTINCT day FROM {views} WHERE {visible}"
EXTENT = "SELECT min(day) AS first, max(day) AS last FROM {views} WHERE {visible} HAVING count() > 0"
ERASED_DAYS = "SELECT DISTINCT day FROM {views} WHERE {erased}"
ERASED_COUNT = "SELECT count() AS facts FROM {views} FINAL WHERE {erased} AND {visible}"
EXISTING = """
    SELECT blog, key_high, key_low FROM {views}
    WHERE (day, blog, key_high, key_low) IN ({given}) AND {visible}"""
KEYS_PER_QUERY = 1000
HIDE = "UPDATE load = toInt64(%(load)s) WHERE day >= %(first)s AND day < %(end)s AND {visible}"
HIDE_BLOGS = "UPDATE load = toInt64(%(load)s) WHERE blog IN ({blogs}) AND {visible}"
BLOGS_DAYS = "SELECT DISTINCT day FROM {views} WHERE blog IN ({blogs}) AND {visible}"
BLOGS_COUNT = "SELECT count() AS facts FROM {views} FINAL WHERE blog IN ({blogs}) AND {visible}"
DELETE_LOAD = "DELETE WHERE load = %(load)s"
DELETE_ERASED = "DELETE WHERE {erased}"
COLUMNS = {
    "day": np.int32,
    "blog": np.int64,
    "key_high": np.uint64,
    "key_low": np.uint64,
    "country": np.int64,
    "context": np.int64,
    "visitor": np.uint64,
    "viewer": np.int64,
    "address_high": np.uint64,
    "address_low": np.uint64,
    "time": np.int64,
    "load": np.int64,
}
ROWS = f"SELECT {', '.join(COLUMNS)} FROM {{views}} FINAL WHERE {IN_SPAN}"
VIEWS_PER_STEP = 100_000
"""The number of views above which a step of a merge of blogs ends: whole rows, of 96 bytes each."""
SECONDS_A_DAY = 86_400


class ClusterFacts:
    """The views on the cluster. Its answers are complete, or there are none."""

    def read(self, dataset: Dataset, moments: Moments, detail: FactDetail) -> FactColumns:
        return self._read(dataset, moments, detail, visible())

    def portions(self, dataset: Dataset, days: Sequence[date], detail: FactDetail) -> Iterator[Portion]:
        yield from self._portions(dataset, days, detail, visible())

    def delete_and_read(self, dataset: Dataset, days: Sequence[date], detail: FactDetail) -> Iterator[Portion]:
        """Give the rows a load of their own first, so that rows that arrive meanwhile are none of them. The transaction
        hides the load. `delete_hidden` deletes it afterwards."""
        load, before = hidden_loads.new_load(), visible()
        for span in runs(list(days)):
            clickhouse.mutate(VIEWS_TABLE, HIDE.format(visible=before), {"load": load, **_bounds(span)})
        yield from self._portions(dataset, days, detail, f"load = {load}")
        hidden_loads.hide(load)

    def _read(self, dataset: Dataset, moments: Moments, detail: FactDetail, rows: str) -> FactColumns:
        params = {**_moment_bounds(moments), "unit": detail.unit}
        context = "context" if detail.contexts else "0"
        counted = _query(["unit", "country", "blog", "origin", "facts"], COUNTED, params, visible=rows, context=context)
        visited = _query(["unit", "country", "origin", "largest"], VISITED, params, visible=rows, context=context)
        units, countries, blogs, contexts, weights = counted
        views = FactColumns(units, countries, blogs, contexts, np.zeros(units.size, np.int64), weights)
        views = views.where(_are_existing(blogs))
        units, countries, contexts, visitors = visited
        nothing = np.zeros(units.size, np.int64)
        visits = FactColumns(units, countries, nothing, contexts, visitors, nothing)
        return with_existing(joined([views, visits]), existing_groups(dataset))

    def _portions(self, dataset: Dataset, days: Sequence[date], detail: FactDetail, rows: str) -> Iterator[Portion]:
        for span in runs(list(days)):
            for portion in _cut(span, rows, FACTS_PER_PORTION):
                moments = midnight(portion.start), midnight(portion.end)
                yield list(portion), self._read(dataset, moments, detail, rows)

    def recounted(self, dataset: Dataset, moments: Moments, offset: timedelta, *, visitors: bool) -> Recount:
        ahead = SECONDS_A_DAY + round(offset.total_seconds())  # a day more, so that it is not negative
        params = {**_moment_bounds(moments), "ahead": ahead}
        counted = "visitor" if visitors else "blog"
        names = ["country", "context", "hour", "member", "facts"]
        found = Recount(*_query(names, RECOUNTED, params, visible=visible(), counted=counted))
        found = found._replace(keys=existing(found.keys, existing_groups(dataset)))
        if not visitors:
            there = _are_existing(found.members)
            return Recount(*(column[there] for column in found))
        return Recount(*(column[found.members != 0] for column in found))

    def count(self, dataset: Dataset, span: Span) -> int:
        return _total(COUNT, _bounds(span), visible=visible())

    def span(self, dataset: Dataset) -> Span | None:
        first, last = _query(["first", "last"], EXTENT, {}, visible=visible())
        return Span.closed(_day(int(first.min())), _day(int(last.max()))) if first.size else None

    def days(self, dataset: Dataset) -> list[date]:
        return _days(DAYS, visible=visible())

    def any_facts(self, dataset: Dataset) -> bool:
        return self.span(dataset) is not None

    def days_of(self, erased: ErasedViews) -> list[date]:
        return _days(ERASED_DAYS, erased=_condition(erased))

    def days_of_country(self, country: int) -> list[date]:
        return _days(ERASED_DAYS, erased=f"country = {country}")

    def erase(self, erased: ErasedViews) -> int:
        """Delete the views on every replica. Raise ClusterUnavailable if one of them cannot."""
        condition = _condition(erased)
        number = _total(ERASED_COUNT, {}, erased=condition, visible=visible())
        if self.days_of(erased):
            clickhouse.mutate(VIEWS_TABLE, DELETE_ERASED.format(erased=condition), {})
        return number


HALVES = np.dtype([("high", ">u8"), ("low", ">u8")])
"""A key, in bytes as in `NewViews`."""


def add(views: NewViews, load: int = 0) -> None:
    """Write views. On return the shards that own their blogs hold them. Raise ClusterUnavailable if that is unknown:
    the same views may be written again. Raise StaleIds if one of the blogs is gone; until the transaction ends, none
    of them goes, as a foreign key has it in the database."""
    blogs = np.unique(views.blogs).tolist()
    if _lock(blogs, "KEY SHARE") < len(blogs):
        raise StaleIds(StaleIds.__doc__)
    keys = np.frombuffer(b"".join(views.keys), HALVES)
    addresses = np.array([address_halves(each) for each in views.addresses], np.uint64).reshape(-1, 2)
    columns = {
        "blog": views.blogs,
        "country": views.countries,
        "context": views.contexts,
        "visitor": views.visitors,
        "viewer": views.viewers,
        "time": views.times,
        "key_high": keys["high"],
        "key_low": keys["low"],
        "address_high": addresses[:, 0],
        "address_low": addresses[:, 1],
    }
    insert(columns, load)


def hide_blogs(blogs: Collection[int]) -> tuple[int, list[date]]:
    """Hide the views of blogs once the transaction commits. Return the load that they get, and their days. Call this
    inside `roll_up_lock`; `delete_hidden` deletes the views afterwards.

    Writers that have met one of the blogs are waited for, and new ones wait until the transaction ends.
    """
    load, params = hidden_loads.new_load(), {"blogs": ", ".join(map(str, sorted(blogs))), "visible": visible()}
    _lock(blogs, "UPDATE")
    if days := _days(BLOGS_DAYS, **params):
        clickhouse.mutate(VIEWS_TABLE, HIDE_BLOGS.format(**params), {"load": load})
        hidden_loads.hide(load)
    return load, days


def count_of_blogs(blogs: Collection[int]) -> int:
    """Return the number of views of blogs."""
    return _total(BLOGS_COUNT, {}, blogs=", ".join(map(str, sorted(blogs))), visible=visible()) if blogs else 0


def merge_blogs(merged: Mapping[int, int], load: int) -> tuple[int, list[date]]:
    """Write the views of blogs once more, under a hidden load, as those of the blogs that they are merged into, and
    hide the former once the transaction commits. Return their number and their days. Call this inside `roll_up_lock`.

    A view whose key the other blog has on that day is the same view, sent for two spellings of one page.
    """
    gone, days = hide_blogs(merged)
    old, size = np.array(sorted(merged), np.int64), 0
    new = np.array([merged[blog] for blog in old.tolist()], np.int64)
    for span in runs(days):
        for part in _cut(span, f"load = {gone}", VIEWS_PER_STEP):
            rows = dict(zip(COLUMNS, _query(list(COLUMNS), ROWS, _bounds(part), visible=f"load = {gone}"), strict=True))
            rows["blog"] = new[np.searchsorted(old, rows["blog"])]
            insert(_without_existing(rows), load)
            size += rows["blog"].size
    return size, days


def _without_existing(rows: Mapping[str, Ints]) -> dict[str, Ints]:
    """Return the views of which their blog has none with the same key on the same day."""
    keys = _joined_keys(rows["key_high"], rows["key_low"])
    there = existing_keys(rows["blog"], rows["time"], keys)
    are_new = np.array([each not in there for each in zip(rows["blog"].tolist(), keys, strict=True)], np.bool_)
    return {name: column[are_new] for name, column in rows.items()}


def existing_keys(blogs: Ints, times: Ints, keys: Sequence[bytes]) -> set[tuple[int, bytes]]:
    """Return the blogs and keys of those of these views that are stored, on the days of these times."""
    halves = np.frombuffer(b"".join(keys), HALVES)
    columns = (times // MICROSECONDS_A_DAY, blogs, halves["high"], halves["low"])
    names = ["blog", "key_high", "key_low"]
    found: set[tuple[int, bytes]] = set()
    for start in range(0, len(keys), KEYS_PER_QUERY):
        rows = zip(*(column[start : start + KEYS_PER_QUERY].tolist() for column in columns), strict=True)
        given = ", ".join(f"({day}, {blog}, {high}, {low})" for day, blog, high, low in rows)
        stored = _query(names, EXISTING, {}, given=given, visible=visible())
        found.update(zip(stored[0].tolist(), _joined_keys(*stored[1:]), strict=True))
    return found


def _joined_keys(high: Ints, low: Ints) -> list[bytes]:
    pairs, size = np.rec.fromarrays([high.view(np.uint64), low.view(np.uint64)], HALVES).tobytes(), HALVES.itemsize
    return [pairs[at : at + size] for at in range(0, len(pairs), size)]


def insert(values: Mapping[str, Ints], load: int = 0) -> None:
    """Insert views, as columns of integers: all but `day` and `load`. Each goes to the shard that owns its blog. On
    return all shards hold theirs. Raise ClusterUnavailable if that is unknown; the same views may be sent again."""
    size = values["time"].size
    given = {**values, "day": values["time"] // MICROSECONDS_A_DAY, "load": np.full(size, load)}
    rows = {name: _as(given[name], kind) for name, kind in COLUMNS.items()}
    several = clickhouse.shards()
    owners = rows["blog"] % len(several)

    def write(shard: Shard) -> None:
        own = owners == several.index(shard)
        if own.any():
            clickhouse.insert(shard, VIEWS_TABLE, {name: column[own] for name, column in rows.items()})

    clickhouse.on_all(write)


def delete_hidden() -> None:
    """Delete the rows that are hidden, and forget their loads. Call this inside `roll_up_lock`, in a transaction of
    which nothing depends on these loads. Raise ClusterUnavailable if a replica is away: the rows then stay hidden."""
    for load in hidden_loads.hidden():
        clickhouse.mutate(VIEWS_TABLE, DELETE_LOAD, {"load": load})
        hidden_loads.show(load)


def visible() -> str:
    """Return a condition that leaves out the hidden rows."""
    hidden = ", ".join(map(str, hidden_loads.hidden()))
    return f"load NOT IN ({hidden})" if hidden else "load >= 0"


def _query(names: Sequence[str], sql: str, params: Mapping[str, Any], **parts: str) -> list[Ints]:
    """Return integer columns of a query, from all shards at once, one shard after the other."""
    text = sql.format(views=clickhouse.table(VIEWS_TABLE), **parts)
    found = clickhouse.on_all(partial(_of_shard, names=names, sql=text, params=params))
    return [np.concatenate(column) for column in zip(*found, strict=True)]


def _days(sql: str, **parts: str) -> list[date]:
    (found,) = _query(["day"], sql, {}, **parts)
    return [_day(number) for number in np.unique(found).tolist()]


def _cut(span: Span, rows: str, size_of_part: int) -> Iterator[Span]:
    """Yield the parts of a span that are read at once: about so many views, or one day."""
    days, sizes = _query(["day", "facts"], BY_DAY, _bounds(span), visible=rows)
    by_day = np.bincount(days - _number(span.start), sizes, minlength=(span.end - span.start).days).tolist()
    since, size = span.start, 0
    for day, facts in zip(span, by_day, strict=True):
        if size and size + facts > size_of_part:
            yield Span(since, day)
            since, size = day, 0
        size += facts
    yield Span(since, span.end)


def _of_shard(shard: Shard, names: Sequence[str], sql: str, params: Mapping[str, Any]) -> list[Ints]:
    return clickhouse.columns(shard, VIEWS_TABLE, names, sql, params)


def _total(sql: str, params: Mapping[str, Any], **parts: str) -> int:
    return int(_query(["facts"], sql, params, **parts)[0].sum())


def _are_existing(blogs: Ints) -> Mask:
    """Return which of these blogs exist: a blog may have been created in a transaction that never was committed."""
    return np.isin(blogs, database.columns(("id",), "analytics_blog")[0]) if blogs.size else np.ones(0, np.bool_)


def _lock(blogs: Collection[int], strength: str) -> int:
    """Lock blogs until the transaction ends, and return how many of them exist. SQLite has one writer."""
    wanted, params = database.one_of("id", sorted(blogs))
    lock = f"ORDER BY id FOR {strength}" if database.on_postgres() else ""
    return len(database.rows(f"SELECT id FROM analytics_blog WHERE {wanted} {lock}", params))


def _condition(erased: ErasedViews) -> str:
    """Return SQL for the views of a person. All values are integers."""
    if erased.visitor:
        return f"visitor = {erased.visitor % 2**64}"
    if erased.viewers:
        return f"viewer IN ({', '.join(map(str, erased.viewers))})"
    high, low = address_halves(ip_address(erased.address).packed)
    return f"address_high = {high} AND address_low = {low}"


IPV4_PREFIX = 0xFFFF << 32
"""The lower half of an IPv4 address that is written as one of IPv6 (RFC 4291, 2.5.5.2)."""


def address_halves(address: bytes) -> tuple[int, int]:
    """Return an address of 4 or 16 bytes as two integers of 64 bits; zeros for none.

    >>> address_halves(bytes([192, 0, 2, 1])) == (0, 0xFFFFC0000201), address_halves(b"")
    (True, (0, 0))
    """
    if len(address) == 16:
        return int.from_bytes(address[:8]), int.from_bytes(address[8:])
    return (0, IPV4_PREFIX | int.from_bytes(address)) if address else (0, 0)


def _as(column: Any, kind: type[Any]) -> Any:
    return np.ascontiguousarray(column).astype(kind)


def _bounds(span: Span) -> dict[str, int]:
    return {"first": _number(span.start), "end": _number(span.end)}


def _moment_bounds(moments: Moments) -> dict[str, int]:
    since, until = ((moment - EPOCH) // MICROSECOND for moment in moments)
    return {
        "since": since,
        "until": until,
        "first": since // MICROSECONDS_A_DAY,
        "end": -(-until // MICROSECONDS_A_DAY),
    }


def _number(day: date) -> int:
    return (day - CALENDAR_START).days


def _day(number: int) -> date:
    return CALENDAR_START + timedelta(days=number)
