"""Move deliveries from the Redis inbox to the database and store each of them once."""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.db import DataError, IntegrityError
from msgspec.structs import replace
from redis import Redis, RedisError

from analytics import conf, database, logs, metrics
from analytics.ingest.flow.write import drop_erased, persist
from analytics.ingest.store import dead_letters, inbox, stored_deliveries, tombstones
from analytics.ingest.store.inbox import Entry
from analytics.sources.messages.deliveries import Delivery, packed, unpacked
from analytics.sources.messages.timestamps import as_datetime, as_microseconds

log = logging.getLogger(__name__)
TRANSACTION_BYTES = 2_000_000
"""Bytes of deliveries that one transaction commits: about 10,000 events."""
NOTE_LIFETIME = timedelta(days=1)
"""The time for which stored deliveries are remembered. A Redis that lost its last second of writes comes back with
entries that were stored and acknowledged in that second."""
UNSTORABLE = (ValueError, TypeError, LookupError, ArithmeticError, DataError, IntegrityError)
"""The errors of entries that can never be stored: bytes that are not a delivery, a value that the database refuses."""


class Drain:
    """A worker that moves deliveries from the inbox to the database, as one consumer of the inbox's consumer group.

    Each delivery is stored once, even if a worker dies. An entry is acknowledged after the transaction that stored it.
    An entry that Redis delivers again, because its worker died in between or took too long, is noted as stored and is
    not stored again.
    """

    def __init__(self, consumer: str) -> None:
        self._consumer = consumer
        self._interrupted = True

    def step(self, wait_ms: int) -> int:
        """Store the next entries of the inbox, in portions, and return the number of deliveries stored.

        Wait up to `wait_ms` milliseconds for entries. Raise the error of Redis or of the database when one of them
        fails: the next step then takes the same entries again.
        """
        client, interrupted = inbox.client(), self._interrupted
        self._interrupted = True
        entries = self._take_entries(client, wait_ms, interrupted=interrupted)
        for portion in _portions(entries):
            _store_entries(portion)
            inbox.acknowledge(client, portion)
        self._interrupted = False
        metrics.gauge("inbox.length", client.xlen(inbox.key()))
        metrics.count("inbox.drained", len(entries))
        return len(entries)

    def _take_entries(self, client: Redis, wait_ms: int, *, interrupted: bool) -> list[Entry]:
        if interrupted:
            inbox.create_group(client)
            if entries := inbox.pending(client, self._consumer):
                return entries
        return inbox.claim_abandoned(client, self._consumer) or inbox.read_new(client, self._consumer, wait_ms)


def delete_old_notes(now: datetime) -> None:
    """Delete the notes of deliveries stored, and the tombstones written, more than a day before the oldest entry that
    waits: no entry needs them any more. Delete nothing while Redis does not answer."""
    try:
        waiting = inbox.oldest_arrival() if conf.redis_configured() else None
    except RedisError:
        return
    before = min(now, as_datetime(waiting) if waiting else now) - NOTE_LIFETIME
    with database.committing():
        stored_deliveries.delete_before(before)
        tombstones.delete_before(as_microseconds(before))


def _portions(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Split the entries into portions of about `TRANSACTION_BYTES`, so that a transaction is neither tiny nor long."""
    portion, size = [], 0
    for entry in entries:
        portion.append(entry)
        size += len(entry.payload)
        if size >= TRANSACTION_BYTES:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion


def _store_entries(entries: Sequence[Entry]) -> None:
    """Store the entries in one transaction; if that fails, store them one by one and set aside those that fail."""
    try:
        persist([_delivery(entry) for entry in entries], once=True)
    except UNSTORABLE as error:
        if len(entries) > 1:
            for entry in entries:
                _store_entries([entry])
        else:
            _set_aside_entry(entries[0], error)


def _delivery(entry: Entry) -> Delivery:
    """Return the delivery of an entry. Raise ValueError if there is none."""
    return replace(unpacked(entry.payload), arrived=entry.arrived)


def _set_aside_entry(entry: Entry, error: Exception) -> None:
    """Add a dead letter, without what was erased after the entry arrived."""
    log.error("An entry of the inbox cannot be stored and was set aside: %s: %s", entry.id.decode(), error)
    metrics.count("inbox.dead_letters", 1)
    reason = logs.without_secrets(f"{type(error).__name__}: {error}".strip())
    with database.committing():
        dead_letters.add(entry.id.decode(), *_without_erased(entry, reason), as_datetime(entry.arrived))


def _without_erased(entry: Entry, reason: str) -> tuple[bytes, str]:
    """Return the payload and the reason to keep of an entry. What cannot be read may hold what was erased."""
    try:
        delivery = _delivery(entry)
    except ValueError:
        if tombstones.last().covers(entry.arrived, entry.arrived):
            return b"", f"{reason} (It arrived before an erasure, so its content was not kept.)"
        return entry.payload, reason
    (rest,) = drop_erased([delivery])
    return entry.payload if rest == delivery else packed(rest), reason
