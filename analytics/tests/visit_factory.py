"""Create visits of a site at moments that a test chooses."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from analytics.ingest.flow import write
from analytics.live.flow import take_snapshots
from analytics.sources.messages.deliveries import Delivery
from analytics.sources.messages.page_visits import PageVisit
from analytics.sources.messages.timestamps import SECOND

HOST = "example.com"
START = datetime(2024, 3, 10, 12, tzinfo=UTC)
"""A full minute, and a multiple of the five seconds between snapshots."""


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def visit(path: str, visitor: int, seconds: float = 0, **others) -> PageVisit:
    at = int(after(seconds).timestamp() * SECOND)
    return PageVisit(others.pop("host", HOST), path, others.pop("subject", f"Title of {path}"), visitor, at, **others)


def store_visits(visits: Iterable[PageVisit], *, application: int = 0) -> list[int]:
    """Store visits as the API does, and return their ids."""
    several = list(visits)
    received = max((each.at for each in several), default=0)
    return write.store(Delivery(uuid4().bytes, application, received, visits=several)).visits


def show_visitors(counts: dict[str, int], seconds: float, host: str = HOST) -> None:
    """Store so many visitors of each page shortly before the moment, and take the snapshots."""
    store_visits(
        visit(path, number, seconds - 0.5, host=host)
        for path, visitors in counts.items()
        for number in range(1, visitors + 1)
    )
    take_snapshots.take_due(after(seconds))
