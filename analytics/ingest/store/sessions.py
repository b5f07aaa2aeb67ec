"""Sessions, and what is kept under their names besides events: forgotten when a person is."""

from analytics import database
from analytics.models import ErrorRecord, Event, Session

LOCK = "LOCK TABLE analytics_event IN SHARE MODE"
"""Waits for whoever is writing events, and keeps others waiting until the session is gone, which their trigger sees."""


def find(name: str) -> int | None:
    """The number of the session of this name."""
    return Session.objects.filter(name=name).values_list("pk", flat=True).first()


def erase_errors(name: str) -> int:
    """Deletes the error records of this session; how many there were."""
    return ErrorRecord.objects.filter(session_id=name).delete()[0]


def forget(session: int) -> bool:
    """Deletes a session, its count, and so its name, unless it has events; whether it is gone."""
    if database.on_postgres():
        database.execute(LOCK)
    if Event.objects.filter(session=session).exists():
        return False
    Session.objects.filter(pk=session).delete()
    return True
