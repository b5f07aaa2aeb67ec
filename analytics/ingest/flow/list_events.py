"""Finding events again: by page, one by one, in the order of arrival, counted."""

from analytics.ingest.store.event_lists import Filters, Page, counts, errors, event, events, in_order_of_arrival

__all__ = ["Filters", "Page", "counts", "errors", "event", "events", "in_order_of_arrival"]
