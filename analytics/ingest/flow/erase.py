"""Delete the data of a person. The days that change become stale, as after any other change."""

from typing import NamedTuple

from analytics import conf
from analytics.datasets import EVENTS
from analytics.ingest.store import dead_letters, inbox, session_erasure
from analytics.live.store import visits
from analytics.sources.messages.page_visits import visitor_from_name
from analytics.warehouse.store import facts, generations, purged_summaries, stale_days, summaries
from analytics.warehouse.store.locks import roll_up_lock
from tally.span import EVER


class ErasureResult(NamedTuple):
    """The numbers of events, error records and visits deleted, and of dead letters changed."""

    events: int
    errors: int
    visits: int
    letters: int


def erase_viewer(username: str) -> int:
    """Delete the views of a signed-in viewer and return the number of views deleted."""
    return facts.erase_viewer(username)


def erase_address(address: str) -> int:
    """Delete the views from exactly this address and return the number of views deleted.

    An address that was stored truncated identifies no person, so it does not match.
    """
    return facts.erase_address(address)


def erase_visits_of_visitor(name: str) -> int:
    """Delete the visits of the visitor with this client-given name and return the number of visits deleted."""
    return visits.erase_visitor(visitor_from_name(name))


def erase_visits_from_address(address: str) -> int:
    """Delete the visits from exactly this address and return the number of visits deleted."""
    return visits.erase_address(address)


def erase_session(name: str) -> ErasureResult:
    """Delete the events, error records and page visits of a session, and remove it from dead letters and from the
    summaries of purged days.

    The name of the session stays until `delete_session` deletes it. Raise AlreadyRunning while a roll-up, a purge or
    a repair runs.
    """
    with roll_up_lock():
        errors, letters = session_erasure.erase_errors(name), dead_letters.erase_session(name)
        visited = visits.erase_visitor(visitor_from_name(name))
        if (session := session_erasure.find(name)) is None:
            return ErasureResult(0, errors, visited, letters)
        stale_days.add(EVENTS, purged_summaries.remove_member(EVENTS, session))
        return ErasureResult(facts.erase_session(session), errors, visited, letters)


def waiting_deliveries() -> int:
    """Return the number of deliveries in the inbox, which may hold data of anyone."""
    return (inbox.length() or 0) if conf.inbox() else 0


def delete_session(name: str) -> bool:
    """Delete the row that names a session, once its days are rolled up; return whether the row is gone.

    The row stays while the session has events, which may go on arriving, and while a summary still names the session.
    Raise AlreadyRunning while a roll-up, a purge or a repair runs.
    """
    with roll_up_lock():
        session = session_erasure.find(name)
        if session is None:
            return True
        everything = generations.coverage(EVENTS).cover(EVER)
        return not summaries.has_member(EVENTS, session, everything) and session_erasure.delete_if_empty(session)
