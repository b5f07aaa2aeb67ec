"""Verify the counts that are maintained beside events and visits, and correct them."""

from analytics import database
from analytics.ingest.store import event_counts
from analytics.ingest.store.event_counts import WrongCount
from analytics.live.store import visits


def wrong_counts() -> list[WrongCount]:
    """Return the counts of sessions, kinds and pages that differ from the events and visits they count."""
    with database.snapshot():
        pages = [WrongCount("page", *row) for row in visits.wrong_hits()]
        return [*event_counts.wrong_counts(), *pages]


def repair_counts() -> int:
    """Correct the wrong counts and return the number of them. Writers of events and visits wait for this."""
    with database.committing():
        return event_counts.repair() + visits.repair_hits()


__all__ = ["WrongCount", "repair_counts", "wrong_counts"]
