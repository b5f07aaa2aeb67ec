"""The drain side: empty the inbox into the database, each delivery once."""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.db import DataError, IntegrityError
from redis import Redis

from analytics import database, metrics
from analytics.ingest.flow.write import persist
from analytics.ingest.store import dead_letters, inbox, stored_deliveries
from analytics.ingest.store.inbox import Entry
from analytics.sources.messages.deliveries import unpacked
from analytics.sources.messages.timestamps import as_datetime

log = logging.getLogger(__name__)
PORTION = 2_000_000
"""Bytes of deliveries that are committed together: about 10,000 events."""
REMEMBERED = timedelta(days=1)
"""A Redis that lost its last second comes back with entries that were stored and acknowledged in it."""
UNSTORABLE = (ValueError, TypeError, LookupError, ArithmeticError, DataError, IntegrityError)
"""What an entry gives that will never be stored: bytes that are no delivery, a value that the database refuses."""


class Drain:
    """Empties the inbox into the database, as one of the consumers of its group; each delivery once, whoever dies.

    An entry is acknowledged after the transaction that stored it. What comes again, because its worker died in
    between or took too long, is noted as stored and is not stored again.
    """

    def __init__(self, consumer: str) -> None:
        self._consumer = consumer
        self._interrupted = True

    def step(self, wait_ms: int) -> int:
        """Stores what lies there, some at a time; how many deliveries that were. Raises when Redis or the database
        fails: then the same entries come again with the next step."""
        client, interrupted = inbox.client(), self._interrupted
        self._interrupted = True
        entries = self._take(client, wait_ms, interrupted=interrupted)
        for some in _portions(entries):
            _store_entries(some)
            inbox.acknowledge(client, some)
        self._interrupted = False
        metrics.gauge("inbox.length", client.xlen(inbox.STREAM))
        metrics.count("inbox.drained", len(entries))
        return len(entries)

    def _take(self, client: Redis, wait_ms: int, *, interrupted: bool) -> list[Entry]:
        if interrupted:
            inbox.create_group(client)
            if mine := inbox.pending(client, self._consumer):
                return mine
        return inbox.claim_abandoned(client, self._consumer) or inbox.read_new(client, self._consumer, wait_ms)


def forget_stored(now: datetime) -> None:
    """Forgets which deliveries are stored, a day after: but only while nothing waits that might be one of them."""
    if inbox.length() == 0:
        with database.committing():
            stored_deliveries.forget(now - REMEMBERED)


def _portions(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """So much at a time that a transaction is neither tiny nor long."""
    some, size = [], 0
    for entry in entries:
        some.append(entry)
        size += len(entry.payload)
        if size >= PORTION:
            yield some
            some, size = [], 0
    if some:
        yield some


def _store_entries(entries: Sequence[Entry]) -> None:
    """All together; if one of them cannot be stored, one by one, and that one is set aside."""
    try:
        persist([unpacked(entry.payload) for entry in entries], noted=True)
    except UNSTORABLE as error:
        if len(entries) > 1:
            for entry in entries:
                _store_entries([entry])
        else:
            _put_aside(entries[0], error)


def _put_aside(entry: Entry, error: Exception) -> None:
    log.error("An entry of the inbox can not be stored and was set aside: %s: %s", entry.id.decode(), error)
    metrics.count("inbox.poison", 1)
    with database.committing():
        dead_letters.add(
            entry.id.decode(), entry.payload, f"{type(error).__name__}: {error}", as_datetime(entry.received)
        )
