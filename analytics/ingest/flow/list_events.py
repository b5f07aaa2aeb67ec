"""Read stored events: by page, one by one, in the order of arrival, and as counts."""

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
