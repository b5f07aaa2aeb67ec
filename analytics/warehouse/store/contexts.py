"""Find or create the contexts of views and the values of their dimensions.

A process remembers the ids of contexts that are committed, on PostgreSQL. After a restore an id may mean another
context, so each is given with the digest of its texts, and what stores a view compares it with the row.

Anyone can send any texts, so the values and the contexts that are added in a day are bounded. Values of devices are not
counted: there are four. Who adds a row holds the lock of the day's counter until the transaction ends, and rows are
added in sorted order, values before contexts, so two transactions never wait for each other.
"""

import logging
from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from msgspec.structs import astuple

from analytics import database
from analytics.datasets import ContextDimension
from analytics.models import NewContextCount
from analytics.sources.contexts import UNKNOWN, ViewContext
from analytics.sources.messages.events import digest

MAX_CACHED_IDS = 20_000
"""Contexts that a process remembers, each of about half a kilobyte."""
CONTEXTS_PER_VALUE = 10
"""New contexts allowed a day for each new value allowed: a new campaign is seen with many browsers and languages."""
COLUMNS = tuple(each.name.lower() for each in ContextDimension)
LISTED = ", ".join(COLUMNS)
NO_VALUES = {(each.value, "") for each in ContextDimension}
LOCK_DAY = """INSERT INTO analytics_newcontextcount (day, new_values, new_contexts) VALUES (%s, 0, 0)
    ON CONFLICT (day) DO UPDATE SET new_values = analytics_newcontextcount.new_values
    RETURNING new_values, new_contexts"""

log = logging.getLogger(__name__)
Value = tuple[int, str]
"""A dimension and a text."""
ValueIds = tuple[int, ...]
"""The ids of the values of a context, in the order of the dimensions, 0 for unknown."""


class ContextId(NamedTuple):
    """The id of a context, and the digest of its texts as 32 hexadecimal digits."""

    id: int
    content: str


class DayLimit(NamedTuple):
    """The most values that may be new on a day."""

    day: date
    values: int

    @property
    def contexts(self) -> int:
        return self.values * CONTEXTS_PER_VALUE


class Room(NamedTuple):
    """The numbers of values and of contexts that may still be added."""

    values: int
    contexts: int


_ids: dict[ViewContext, ContextId] = {}
_warned_on: date | None = None


def clear_cache() -> None:
    _ids.clear()


def get_or_create(wanted: Collection[ViewContext], limit: DayLimit) -> dict[ViewContext, ContextId]:
    """Return the ids of contexts, creating those that do not exist. Call this inside a transaction.

    A context of which nothing is known has no id. Beyond the limit of the day a new text counts as unknown, and a new
    context has no id.
    """
    found = {context: _ids[context] for context in wanted if context in _ids}
    unknown = [context for context in wanted if context not in found and context != UNKNOWN]
    return found | _find_or_create(unknown, limit) if unknown else found


def get_or_create_current(wanted: Collection[ViewContext], limit: DayLimit) -> dict[ViewContext, ContextId]:
    """Return the same as `get_or_create`, with ids that are checked in this transaction."""
    found = get_or_create(wanted, limit)
    try:
        require_current(found.values())
    except database.StaleIds:
        clear_cache()
        return get_or_create(wanted, limit)
    return found


def require_current(ids: Collection[ContextId]) -> None:
    """Raise StaleIds unless each id is the one of its texts."""
    pairs = sorted(set(ids))
    if not pairs or not _ids:
        return
    given, params = database.table(["id", "content"], pairs, ["integer", "uuid"])
    count = f"SELECT count(*) FROM analytics_context AS stored JOIN {given} USING (id, content)"
    if database.value(count, params) != len(pairs):
        raise database.StaleIds(database.StaleIds.__doc__)


def _find_or_create(unknown: Collection[ViewContext], limit: DayLimit) -> dict[ViewContext, ContextId]:
    texts = {context: astuple(context) for context in unknown}
    wanted = {value for each in texts.values() for value in enumerate(each, 1)} - NO_VALUES
    ids_by_text: list[dict[str, int]] = [{} for _ in COLUMNS]
    for (dimension, text), id in _get_or_create_values(wanted, limit).items():
        ids_by_text[dimension - 1][text] = id
    rows = {
        context: tuple([ids.get(text, 0) for ids, text in zip(ids_by_text, each, strict=True)])
        for context, each in texts.items()
    }
    kept = {row: texts[context] for context, row in rows.items() if any(row)}
    ids = _find_contexts(kept)
    if missing := sorted(kept.keys() - ids.keys()):
        _add_contexts([(*row, _content(kept[row], row)) for row in missing], limit)
        ids |= _find_contexts({row: kept[row] for row in missing})
    found = {context: ids[row] for context, row in rows.items() if row in ids}
    lost = {context for context, row in rows.items() if row.count(0) > texts[context].count("")}
    _cache_after_commit({context: id for context, id in found.items() if context not in lost})
    return found


def _content(texts: tuple[str, ...], row: ValueIds) -> str:
    """Return the digest of the texts of a context that have an id."""
    return digest(*(text if id else "" for text, id in zip(texts, row, strict=True))).hex()


def _get_or_create_values(wanted: Collection[Value], limit: DayLimit) -> dict[Value, int]:
    found = _find_values(wanted)
    missing = sorted(wanted - found.keys())
    if missing and (added := _add_values(missing, limit)):
        found |= _find_values(added)
    return found


def _find_values(wanted: Collection[Value]) -> dict[Value, int]:
    given, params = database.table(["dimension", "value"], list(wanted), ["smallint", "text"])
    sql = f"SELECT dimension, value, id FROM analytics_dimensionvalue JOIN {given} USING (dimension, value)"
    return {(dimension, value): id for dimension, value, id in database.rows(sql, params)}


def _add_values(missing: list[Value], limit: DayLimit) -> list[Value]:
    """Add values, as far as the limit of the day allows, and return these."""
    devices = [value for value in missing if value[0] == ContextDimension.DEVICE]
    others = [value for value in missing if value[0] != ContextDimension.DEVICE]
    room = _lock_day(limit).values if devices or _room(limit).values else 0
    if room < len(others):
        _warn(limit)
    allowed = sorted([*devices, *others[:room]])
    if allowed:
        given, params = database.table(["dimension", "value"], allowed, ["smallint", "text"])
        added = database.rows(
            f"""INSERT INTO analytics_dimensionvalue (dimension, value) SELECT dimension, value FROM {given} WHERE true
                ON CONFLICT DO NOTHING RETURNING dimension""",
            params,
        )
        _count(limit, values=sum(dimension != ContextDimension.DEVICE for (dimension,) in added))
    return allowed


def _find_contexts(texts: dict[ValueIds, tuple[str, ...]]) -> dict[ValueIds, ContextId]:
    """Return the ids of existing contexts. One that was added by other means gets its digest."""
    if not texts:
        return {}
    given, params = database.table(COLUMNS, list(texts), ["bigint"] * len(COLUMNS))
    sql = f"SELECT {LISTED}, id, CAST(content AS text) FROM analytics_context JOIN {given} USING ({LISTED})"
    found = {}
    for *values, id, content in database.rows(sql, params):
        row = tuple(values)
        if content is None:
            content = _content(texts[row], row)
            database.execute("UPDATE analytics_context SET content = %s WHERE id = %s", [content, id])
        found[row] = ContextId(id, content.replace("-", ""))
    return found


def _add_contexts(rows: list[tuple[int | str, ...]], limit: DayLimit) -> None:
    """Add contexts, as far as the limit of the day allows."""
    room = _lock_day(limit).contexts if _room(limit).contexts else 0
    if room < len(rows):
        _warn(limit)
    if allowed := rows[:room]:
        given, params = database.table([*COLUMNS, "content"], allowed, [*["bigint"] * len(COLUMNS), "uuid"])
        count = database.execute(
            f"""INSERT INTO analytics_context ({LISTED}, content) SELECT {LISTED}, content FROM {given} WHERE true
                ON CONFLICT DO NOTHING""",
            params,
        )
        _count(limit, contexts=count)


def _room(limit: DayLimit) -> Room:
    """Return what may still be added on this day, without a lock."""
    used = NewContextCount.objects.filter(day=limit.day).values_list("new_values", "new_contexts").first() or (0, 0)
    return _less(limit, *used)


def _lock_day(limit: DayLimit) -> Room:
    """Return what may still be added on this day, and lock the day's counter until the transaction ends."""
    used = database.rows(LOCK_DAY, [limit.day.isoformat()])[0]
    if not any(used):
        NewContextCount.objects.filter(day__lt=limit.day).delete()
    return _less(limit, *used)


def _less(limit: DayLimit, values: int, contexts: int) -> Room:
    return Room(max(0, limit.values - values), max(0, limit.contexts - contexts))


def _count(limit: DayLimit, *, values: int = 0, contexts: int = 0) -> None:
    database.execute(
        """UPDATE analytics_newcontextcount SET new_values = new_values + %s, new_contexts = new_contexts + %s
           WHERE day = %s""",
        [values, contexts, limit.day.isoformat()],
    )


def _warn(limit: DayLimit) -> None:
    """Log once a day that new values are not stored."""
    global _warned_on
    if _warned_on != limit.day:
        _warned_on = limit.day
        log.warning(
            "There are %s new values or %s new contexts of views on %s already, the most for a day "
            "(IDEEZA_NEW_VALUES_A_DAY). Other new ones count as unknown.",
            limit.values,
            limit.contexts,
            limit.day,
        )


def _cache_after_commit(ids: dict[ViewContext, ContextId]) -> None:
    """Remember ids, on PostgreSQL, once the transaction commits."""

    def update_cache() -> None:
        if len(_ids) + len(ids) > MAX_CACHED_IDS:
            _ids.clear()
        _ids.update(ids)

    if ids and database.on_postgres():
        database.after_commit(update_cache)
