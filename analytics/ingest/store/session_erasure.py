"""Find and delete sessions, and the error records stored under their names, when a person's data is erased."""

from analytics import database
from analytics.models import ErrorRecord, Event, Session

LOCK = "LOCK TABLE analytics_event IN SHARE MODE"
"""The lock that waits for transactions that write events, and makes later ones wait until the session is deleted, which
their trigger notices."""


def find(name: str) -> int | None:
    """Return the id of the session with this name, or None."""
    return Session.objects.filter(name=name).values_list("pk", flat=True).first()


def erase_errors(name: str) -> int:
    """Delete the error records of this session and return the number of records deleted."""
    return ErrorRecord.objects.filter(session_id=name).delete()[0]


def delete_if_empty(session: int) -> bool:
    """Delete a session, its count and thereby its name, unless it has events; return whether it is gone."""
    if database.on_postgres():
        database.execute(LOCK)
    if Event.objects.filter(session=session).exists():
        return False
    Session.objects.filter(pk=session).delete()
    return True
