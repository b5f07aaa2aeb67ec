"""List stored events and error records, and their counts: `ingest.store.event_lists`, for the API."""

from analytics.database import ListSlice
from analytics.ingest.store.event_lists import (
    EventFilter,
    counts,
    errors,
    event,
    events,
    in_order_of_arrival,
)

__all__ = ["EventFilter", "ListSlice", "counts", "errors", "event", "events", "in_order_of_arrival"]
