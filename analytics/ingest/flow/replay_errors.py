"""Replay error records: store the events that are valid by now, after their schema was corrected."""

import time
import uuid
from collections.abc import Iterator
from typing import NamedTuple

from analytics.access.store import api_keys
from analytics.ingest.flow import write
from analytics.ingest.flow.validate_event import validate
from analytics.ingest.flow.write import BeingErased, InsertResult
from analytics.ingest.store import error_records
from analytics.models import ErrorRecord
from analytics.sources.contexts import ContextClues
from analytics.sources.messages.deliveries import Delivery, QueuedEvent
from analytics.sources.messages.events import (
    InvalidMessage,
    is_future,
    page_viewer,
    read,
    to_queued_event,
    viewed_page,
    with_page_view,
)
from analytics.sources.messages.timestamps import as_microseconds

RECORDS_PER_BATCH = 500


class ReplayResult(NamedTuple):
    """The numbers of events stored, of events that were stored already, and of records that are still not valid."""

    stored: int
    duplicates: int
    invalid: int


def replay() -> Iterator[ReplayResult]:
    """Store the events of error records that are valid now, delete these records, and yield the result of each batch.

    After an interruption, replay again: an event that is stored already is not stored twice.
    """
    last = 0
    while records := error_records.after(last, RECORDS_PER_BATCH):
        last = records[-1].pk
        valid = [(record, event) for record in records if (event := _valid_event(record))]
        results = [result for record, event in valid if (result := _store(record, event))]
        error_records.delete([record.pk for record, _ in valid])
        stored = results.count(InsertResult.NEW)
        yield ReplayResult(stored, len(results) - stored, len(records) - len(valid))


def _valid_event(record: ErrorRecord) -> QueuedEvent | None:
    """Return the event if it is valid now, else None.

    The time of an event is compared with the time of its receipt, so an event from the future stays an error. A page
    view counts only for a host that the application may write for, and not if a bot sent it.
    """
    received = as_microseconds(record.recorded_at)
    try:
        sent = read(record.payload, received)
    except InvalidMessage:
        return None
    if is_future(sent, received) or validate(sent, time.monotonic()):
        return None
    event, page = to_queued_event(sent, record.application_id or 0), viewed_page(sent)
    if (
        record.application_id
        and page
        and not api_keys.grant_of(record.application_id).covers_host(page.partition("/")[0])
    ):
        return None
    if record.is_bot or not page:
        return event
    viewer = page_viewer(sent.data, page, ContextClues())
    return with_page_view(event, page, sent.data.get("title"), country="", address=b"", agent="", viewer=viewer)


def _store(record: ErrorRecord, event: QueuedEvent) -> InsertResult | None:
    """Store the event of a record; return None if the session was erased since the record was read."""
    received = as_microseconds(record.recorded_at)
    delivery = Delivery(uuid.uuid4().bytes, record.application_id or 0, received, events=[event])
    try:
        return write.store(delivery).events[0].result
    except BeingErased:
        return None
