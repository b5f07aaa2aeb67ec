"""Store events, each of them once. Triggers count them (migration 0004)."""

import struct
from collections.abc import Collection, Sequence
from enum import Enum, auto
from typing import Any, NamedTuple

from django.db import IntegrityError

from analytics import database
from analytics.sources.messages.deliveries import NewEvent

TRIES = 5
"""The number of attempts to store or find an event. One that is neither stored nor found met the same event of another
transaction, which was rolled back."""
GIVEN = {
    "session": "bigint",
    "kind": "bigint",
    "data": "jsonb",
    "at": "bigint",
    "application": "bigint",
    "content": "uuid",
    "event_key": "uuid",
}
COPIED = ("id", "session_id", "kind_id", "timestamp", "content", "application_id", "event_key", "data")
IDS = "SELECT array_agg(nextval('analytics_event_id_seq')) FROM generate_series(1, %s)"
MANY = 50
"""The number of events from which COPY is worth its two additional queries."""
WHOLE = struct.Struct(">hiqiqiqiqi16s")
"""A row in COPY's binary format: the number of columns, then the columns that are never NULL, each after its size."""
NUMBER, KEY, JSON, NULL = struct.Struct(">iq"), struct.Struct(">i16s"), struct.Struct(">ib"), struct.pack(">i", -1)


class InsertResult(Enum):
    """The fate of an event to be stored. FRESH: it was new. RETRIED: an event with its event_id was stored before.
    DOUBLED: an event with the same content was stored before."""

    FRESH = auto()
    RETRIED = auto()
    DOUBLED = auto()


class StoredEvent(NamedTuple):
    id: int
    fate: InsertResult


class EventRow(NamedTuple):
    """An event with the ids of its session, its kind and the application that sent it (0: none)."""

    session: int
    kind: int
    application: int
    event: NewEvent

    @property
    def row(self) -> tuple[Any, ...]:
        event, key = self.event, self.event.key
        content = event.content.hex()
        return self.session, self.kind, event.data, event.at, self.application or None, content, key and key.hex()


class InsertConflict(Exception):
    """The event could neither be stored nor found: others keep writing and undoing it."""


def add(several: Sequence[EventRow]) -> list[StoredEvent]:
    """Store the events that are not stored yet, in order; return the id and the fate of each.

    Call this inside a transaction. Raise InsertConflict when an event can be neither stored nor found.
    """
    ids = _copied(several) if len(several) >= MANY and database.on_postgres() else None
    return _sorted_out(several) if ids is None else [StoredEvent(id, InsertResult.FRESH) for id in ids]


def _copied(several: Sequence[EventRow]) -> list[int] | None:
    """Store the events with COPY and return their ids; return None and store nothing if one of them is not new."""
    try:
        with database.attempting():
            ids = database.value(IDS, [len(several)])
            database.copy_in("analytics_event", COPIED, list(map(_record, ids, several)))
    except IntegrityError:
        return None
    return ids


def _record(id: int, given: EventRow) -> bytes:
    event, data = given.event, given.event.data.encode()
    at = event.at - database.POSTGRES_EPOCH
    return b"".join(
        (
            WHOLE.pack(len(COPIED), 8, id, 8, given.session, 8, given.kind, 8, at, 16, event.content),
            NUMBER.pack(8, given.application) if given.application else NULL,
            KEY.pack(16, event.key) if event.key else NULL,
            JSON.pack(len(data) + 1, 1),
            data,
        )
    )


def _sorted_out(several: Sequence[EventRow]) -> list[StoredEvent]:
    """Store events as `add` does, with INSERT, where some of them may be stored already."""
    fates: dict[int, StoredEvent] = {}
    waiting = list(enumerate(several))
    for _ in range(TRIES):
        fates |= _stored(waiting)
        waiting = [(place, given) for place, given in waiting if place not in fates]
        fates |= _found(waiting)
        waiting = [(place, given) for place, given in waiting if place not in fates]
        if not waiting:
            return [fates[place] for place in range(len(several))]
    raise InsertConflict(InsertConflict.__doc__)


def _stored(waiting: Sequence[tuple[int, EventRow]]) -> dict[int, StoredEvent]:
    given, params = database.table(list(GIVEN), [given.row for _, given in waiting], list(GIVEN.values()))
    stored = database.rows(
        f"""INSERT INTO analytics_event (session_id, kind_id, data, timestamp, application_id, content, event_key)
            SELECT session, kind, data, {database.moment("at")}, application, content, event_key
            FROM {given} WHERE true ON CONFLICT DO NOTHING RETURNING CAST(content AS text), id""",
        params,
    )
    ids = {_hex(content): id for content, id in stored}
    # Of the same event twice in one batch, only the first was stored.
    fresh = ((place, ids.pop(given.event.content.hex(), None)) for place, given in waiting)
    return {place: StoredEvent(id, InsertResult.FRESH) for place, id in fresh if id is not None}


def _found(waiting: Sequence[tuple[int, EventRow]]) -> dict[int, StoredEvent]:
    events = [(place, given.event) for place, given in waiting]
    retried = _ids("event_key", {event.key.hex() for _, event in events if event.key})
    doubled = _ids("content", {event.content.hex() for _, event in events})
    found = {
        place: StoredEvent(doubled[key], InsertResult.DOUBLED)
        for place, event in events
        if (key := event.content.hex()) in doubled
    }
    keyed = [(place, event.key.hex()) for place, event in events if event.key]
    return found | {place: StoredEvent(retried[key], InsertResult.RETRIED) for place, key in keyed if key in retried}


def _ids(column: str, digests: Collection[str]) -> dict[str, int]:
    if not digests:
        return {}
    wanted, params = database.one_of(column, digests, "uuid")
    return {
        _hex(each): id
        for each, id in database.rows(f"SELECT CAST({column} AS text), id FROM analytics_event WHERE {wanted}", params)
    }


def _hex(digest: str) -> str:
    """Return a UUID's text without hyphens: PostgreSQL returns it with hyphens, SQLite without.

    >>> _hex("00112233-4455-6677-8899-aabbccddeeff")
    '00112233445566778899aabbccddeeff'
    """
    return digest.replace("-", "")
