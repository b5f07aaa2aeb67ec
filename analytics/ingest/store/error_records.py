"""Error records: invalid events as they were sent, with the reason. Identical records are stored once."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from analytics.models import ErrorRecord
from analytics.sources.messages.deliveries import RejectedEvent
from analytics.sources.messages.events import digest
from analytics.sources.messages.timestamps import as_datetime


def add(rejected: Sequence[tuple[int, datetime, RejectedEvent]]) -> None:
    """Store rejected events, each with the id of the application that sent it (0: none) and the time of receipt."""
    if rejected:
        ErrorRecord.objects.bulk_create((_record(*each) for each in rejected), ignore_conflicts=True)


def _record(application: int, now: datetime, event: RejectedEvent) -> ErrorRecord:
    identity = (str(application), event.payload, event.field, event.reason)
    return ErrorRecord(
        application_id=application or None,
        session_id=event.session,
        category=event.category,
        name=event.name,
        timestamp=as_datetime(event.at),
        payload=msgspec.json.decode(event.payload),
        field=event.field,
        reason=event.reason,
        is_bot=event.is_bot,
        recorded_at=now,
        content=digest(*(part.encode() for part in identity)).hex(),
    )


def after(id: int, limit: int) -> list[ErrorRecord]:
    """Return at most `limit` records with an id above `id`, in the order in which they were stored."""
    return list(ErrorRecord.objects.filter(pk__gt=id).order_by("pk")[:limit])


def delete(ids: Sequence[int]) -> None:
    """Delete the records with these ids, whose events are valid now."""
    ErrorRecord.objects.filter(pk__in=ids).delete()
