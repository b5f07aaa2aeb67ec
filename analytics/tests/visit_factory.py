"""A site whose visitors come and go at moments that a test chooses."""

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
"""On the grid of five seconds, and a full minute."""


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def visit(path: str, visitor: int, seconds: float = 0, **others) -> PageVisit:
    at = int(after(seconds).timestamp() * SECOND)
    return PageVisit(others.pop("host", HOST), path, others.pop("subject", f"Title of {path}"), visitor, at, **others)


def bring(visits: Iterable[PageVisit], *, application: int = 0) -> list[int]:
    """Stores them as a collector would; their numbers."""
    several = list(visits)
    received = max((each.at for each in several), default=0)
    return write.store(Delivery(uuid4().bytes, application, received, visits=several)).visits


def see(counts: dict[str, int], seconds: float, host: str = HOST) -> None:
    """So many visitors are on these pages shortly before, and the snapshots are taken."""
    bring(
        visit(path, number, seconds - 0.5, host=host)
        for path, visitors in counts.items()
        for number in range(1, visitors + 1)
    )
    take_snapshots.take_due(after(seconds))
