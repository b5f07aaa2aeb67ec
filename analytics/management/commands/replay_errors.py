import time
import uuid

from django.core.management.base import BaseCommand

from analytics.ingest.flow import replay_errors, write
from analytics.ingest.flow.validate_event import judge
from analytics.ingest.flow.write import Fate
from analytics.models import ErrorRecord
from analytics.sources.messages.deliveries import Delivery, Happening
from analytics.sources.messages.events import Malformed, happening, is_future, page_of, read, viewed
from analytics.sources.messages.timestamps import as_microseconds


class Command(BaseCommand):
    help = "Stores the events among the error records that follow their rule by now, as after a rule was mended."

    def handle(self, **options) -> None:
        stored = doubled = broken = 0
        for records in replay_errors.waiting():
            good = [(record, event) for record in records if (event := _event(record))]
            fates = [_store(record, event) for record, event in good]
            replay_errors.settle([record for record, _ in good])
            stored += fates.count(Fate.FRESH)
            doubled += len(fates) - fates.count(Fate.FRESH)
            broken += len(records) - len(good)
        self.stdout.write(f"Stored {stored} events; {doubled} were there already, {broken} are still not good.")


def _event(record: ErrorRecord) -> Happening | None:
    """The event, if it is good now. What came from the future is measured by its receipt, so it stays where it is."""
    received = as_microseconds(record.recorded_at)
    try:
        sent = read(record.payload, received)
    except Malformed:
        return None
    if is_future(sent, received) or judge(sent, time.monotonic()):
        return None
    event, page = happening(sent, record.application_id or 0), page_of(sent)
    return viewed(event, page, sent.data.get("title"), country="", address=b"", agent="") if page else event


def _store(record: ErrorRecord, event: Happening) -> Fate:
    delivery = Delivery(uuid.uuid4().bytes, record.application_id or 0, event.at, events=[event])
    return write.store(delivery).events[0].fate
