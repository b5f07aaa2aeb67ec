import time
import uuid
from typing import Any

from django.core.management.base import BaseCommand

from analytics.access.flow.authenticate_key import grant_of
from analytics.ingest.flow import replay_errors, write
from analytics.ingest.flow.validate_event import validate
from analytics.ingest.flow.write import InsertResult
from analytics.models import ErrorRecord
from analytics.sources.messages.deliveries import Delivery, QueuedEvent
from analytics.sources.messages.events import (
    InvalidMessage,
    is_future,
    read,
    to_queued_event,
    viewed_page,
    with_page_view,
)
from analytics.sources.messages.timestamps import as_microseconds


class Command(BaseCommand):
    help = "Store the events among the error records that satisfy their schema by now, as after a correction of it."

    def handle(self, **options: Any) -> None:
        stored = duplicates = broken = 0
        for records in replay_errors.batches():
            good = [(record, event) for record in records if (event := _event(record))]
            results = [_store(record, event) for record, event in good]
            replay_errors.delete([record for record, _ in good])
            stored += results.count(InsertResult.NEW)
            duplicates += len(results) - results.count(InsertResult.NEW)
            broken += len(records) - len(good)
        self.stdout.write(f"Stored {stored} events; {duplicates} were there already, {broken} are still not good.")


def _event(record: ErrorRecord) -> QueuedEvent | None:
    """Return the event if it is valid now, else None.

    The time of an event is compared with the time of its receipt, so an event from the future stays an error. A page
    view counts only for a host that the application may write for, and not if a bot sent it."""
    received = as_microseconds(record.recorded_at)
    try:
        sent = read(record.payload, received)
    except InvalidMessage:
        return None
    if is_future(sent, received) or validate(sent, time.monotonic()):
        return None
    event, page = to_queued_event(sent, record.application_id or 0), viewed_page(sent)
    if record.application_id and page and not grant_of(record.application_id).covers_host(page.partition("/")[0]):
        return None
    if record.is_bot or not page:
        return event
    return with_page_view(event, page, sent.data.get("title"), country="", address=b"", agent="")


def _store(record: ErrorRecord, event: QueuedEvent) -> InsertResult:
    delivery = Delivery(uuid.uuid4().bytes, record.application_id or 0, event.at, events=[event])
    return write.store(delivery).events[0].result
