"""Create events, given the names of their session and kind."""

from datetime import UTC, datetime
from uuid import uuid4

from analytics.models import Event, Kind, Session


def add_events(session: str, kind: str, *times: str) -> list[Event]:
    """Create events of a kind, written as `category/name`, at these times in UTC."""
    category, name = kind.split("/")
    known = {
        "session": Session.objects.get_or_create(name=session)[0],
        "kind": Kind.objects.get_or_create(category=category, name=name)[0],
    }
    moments = [datetime.fromisoformat(time).replace(tzinfo=UTC) for time in times]
    return Event.objects.bulk_create(Event(**known, timestamp=moment, content=uuid4()) for moment in moments)
