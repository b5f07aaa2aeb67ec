"""Store events, each of them once. Triggers count them (migration 0004)."""

import struct
from collections.abc import Collection, Sequence
from enum import Enum, auto
from typing import Any, NamedTuple

from django.db import IntegrityError

from analytics import database
from analytics.database import StaleIds
from analytics.sources.messages.deliveries import QueuedEvent

MAX_TRIES = 5
"""The number of attempts to store or find an event. One that is neither stored nor found met the same event of another
transaction, which was rolled back."""
COLUMN_TYPES = {
    "session": "bigint",
    "kind": "bigint",
    "data": "jsonb",
    "at": "bigint",
    "application": "bigint",
    "content": "uuid",
    "event_key": "uuid",
    "session_name": "text",
    "category": "text",
    "name": "text",
}
CURRENT_SESSION = "(SELECT id FROM analytics_session WHERE id = session AND name = session_name)"
CURRENT_KIND = """(SELECT id FROM analytics_kind AS stored WHERE stored.id = given.kind
    AND stored.category = given.category AND stored.name = given.name)"""
"""NULL, which the table refuses, if the id is not the one of the name."""
COPY_COLUMNS = ("id", "session_id", "kind_id", "timestamp", "content", "application_id", "event_key", "data")
NEXT_IDS = "SELECT array_agg(nextval('analytics_event_id_seq')) FROM generate_series(1, %s)"
MIN_COPY_ROWS = 50
"""The number of events from which COPY is worth its two additional queries."""
FIXED_COLUMNS = struct.Struct(">hiqiqiqiqi16s")
"""A row in COPY's binary format: the number of columns, then the columns that are never NULL, each after its size."""
NUMBER, KEY, JSON, NULL = struct.Struct(">iq"), struct.Struct(">i16s"), struct.Struct(">ib"), struct.pack(">i", -1)


class InsertResult(Enum):
    """The result of storing an event. NEW: it was stored. SAME_EVENT_ID: an event with its event_id was stored before.
    DUPLICATE: an event with the same content was stored before."""

    NEW = auto()
    SAME_EVENT_ID = auto()
    DUPLICATE = auto()


class StoredEvent(NamedTuple):
    """The id of an event's row, and whether this call stored it or found it."""

    id: int
    result: InsertResult


class EventRow(NamedTuple):
    """The columns of an event: a queued event with the ids of its session, its kind and its application (0: none)."""

    session: int
    kind: int
    application: int
    event: QueuedEvent

    @property
    def values(self) -> tuple[Any, ...]:
        event, key = self.event, self.event.key
        content = event.content.hex()
        names = event.session, event.category, event.name
        ids = self.session, self.kind, event.data, event.at, self.application or None, content, key and key.hex()
        return *ids, *names


class InsertConflict(Exception):
    """The event was neither stored nor found: other transactions keep writing it and rolling back. Try again."""


def add(rows: Sequence[EventRow]) -> list[StoredEvent]:
    """Store the events that are not stored yet, in order; return the id and the result of each.

    Call this inside a transaction. Raise InsertConflict when an event can be neither stored nor found; StaleIds,
    or IntegrityError for few events, when the id of a session or a kind is not the one of its name.
    """
    ids = _copy(rows) if len(rows) >= MIN_COPY_ROWS and database.on_postgres() else None
    return _insert_or_find(rows) if ids is None else [StoredEvent(id, InsertResult.NEW) for id in ids]


def _copy(rows: Sequence[EventRow]) -> list[int] | None:
    """Store the events with COPY and return their ids; return None and store nothing if one of them is not new."""
    _require_current_ids(rows)
    try:
        with database.attempting():
            ids: list[int] = database.value(NEXT_IDS, [len(rows)])
            database.copy_in("analytics_event", COPY_COLUMNS, list(map(_copy_record, ids, rows)))
    except IntegrityError:
        return None
    return ids


def _copy_record(id: int, row: EventRow) -> bytes:
    """Return a row in COPY's binary format, packed all at once: with `database.insert_many`, which packs each field by
    itself, writing a list of 500 events takes 30 % longer (`python -m bench.packing`)."""
    event, data = row.event, row.event.data.encode()
    at = event.at - database.POSTGRES_EPOCH
    return b"".join(
        (
            FIXED_COLUMNS.pack(len(COPY_COLUMNS), 8, id, 8, row.session, 8, row.kind, 8, at, 16, event.content),
            NUMBER.pack(8, row.application) if row.application else NULL,
            KEY.pack(16, event.key) if event.key else NULL,
            JSON.pack(len(data) + 1, 1),
            data,
        )
    )


def _require_current_ids(rows: Sequence[EventRow]) -> None:
    """Raise StaleIds unless each session and each kind has the id that its rows say."""
    sessions = {(row.session, row.event.session) for row in rows}
    kinds = {(row.kind, row.event.category, row.event.name) for row in rows}
    of_sessions, session_params = database.table(["id", "name"], list(sessions), ["bigint", "text"])
    of_kinds, kind_params = database.table(["id", "category", "name"], list(kinds), ["bigint", "text", "text"])
    sql = f"""SELECT (SELECT count(*) FROM {of_sessions} JOIN analytics_session AS stored USING (id, name))
                   + (SELECT count(*) FROM {of_kinds} JOIN analytics_kind AS stored USING (id, category, name))"""
    if database.value(sql, [*session_params, *kind_params]) < len(sessions) + len(kinds):
        raise StaleIds(StaleIds.__doc__)


def _insert_or_find(rows: Sequence[EventRow]) -> list[StoredEvent]:
    """Store events as `add` does, with INSERT, where some of them may be stored already."""
    results: dict[int, StoredEvent] = {}
    pending = list(enumerate(rows))
    for _ in range(MAX_TRIES):
        results |= _insert(pending)
        pending = [(index, row) for index, row in pending if index not in results]
        results |= _find(pending)
        pending = [(index, row) for index, row in pending if index not in results]
        if not pending:
            return [results[index] for index in range(len(rows))]
    raise InsertConflict(InsertConflict.__doc__)


def _insert(pending: Sequence[tuple[int, EventRow]]) -> dict[int, StoredEvent]:
    given, params = database.table(list(COLUMN_TYPES), [row.values for _, row in pending], list(COLUMN_TYPES.values()))
    stored = database.rows(
        f"""INSERT INTO analytics_event (session_id, kind_id, data, timestamp, application_id, content, event_key)
            SELECT {CURRENT_SESSION}, {CURRENT_KIND}, data, {database.moment("at")}, application, content, event_key
            FROM {given} WHERE true ON CONFLICT DO NOTHING RETURNING CAST(content AS text), id""",
        params,
    )
    ids = {_hex(content): id for content, id in stored}
    # Of the same event twice in one batch, only the first was stored.
    new = ((index, ids.pop(row.event.content.hex(), None)) for index, row in pending)
    return {index: StoredEvent(id, InsertResult.NEW) for index, id in new if id is not None}


def _find(pending: Sequence[tuple[int, EventRow]]) -> dict[int, StoredEvent]:
    events = [(index, row.event) for index, row in pending]
    with_same_id = _ids("event_key", {event.key.hex() for _, event in events if event.key})
    duplicates = _ids("content", {event.content.hex() for _, event in events})
    found = {
        index: StoredEvent(duplicates[key], InsertResult.DUPLICATE)
        for index, event in events
        if (key := event.content.hex()) in duplicates
    }
    keyed = [(index, event.key.hex()) for index, event in events if event.key]
    return found | {
        index: StoredEvent(with_same_id[key], InsertResult.SAME_EVENT_ID) for index, key in keyed if key in with_same_id
    }


def _ids(column: str, digests: Collection[str]) -> dict[str, int]:
    if not digests:
        return {}
    condition, params = database.one_of(column, digests, "uuid")
    return {
        _hex(each): id
        for each, id in database.rows(
            f"SELECT CAST({column} AS text), id FROM analytics_event WHERE {condition}", params
        )
    }


def _hex(digest: str) -> str:
    """Return a UUID's text without hyphens: PostgreSQL returns it with hyphens, SQLite without.

    >>> _hex("00112233-4455-6677-8899-aabbccddeeff")
    '00112233445566778899aabbccddeeff'
    """
    return digest.replace("-", "")
