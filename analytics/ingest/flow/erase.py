"""Forgetting a person. The days that change are stale afterwards, like any others."""

from typing import NamedTuple

from analytics.datasets import EVENTS
from analytics.ingest.store import sessions
from analytics.live.store import visits
from analytics.sources.messages.page_visits import visitor_named
from analytics.warehouse.store import facts, purged_summaries, stale_days, summaries
from analytics.warehouse.store.locks import roll_up_lock


class Erased(NamedTuple):
    events: int
    errors: int


def erase_viewer(username: str) -> int:
    """Deletes the views of a signed-in viewer; how many there were."""
    return facts.erase_viewer(username)


def erase_address(address: str) -> int:
    """Deletes the views from exactly this address; how many there were. One that was kept cut short is nobody's."""
    return facts.erase_address(address)


def erase_visits_of(name: str) -> int:
    """Deletes the visits of whom clients called so; how many there were."""
    return visits.erase_visitor(visitor_named(name))


def erase_visits_from(address: str) -> int:
    """Deletes the visits from exactly this address; how many there were."""
    return visits.erase_address(address)


def erase_session(name: str) -> Erased:
    """Deletes the events and error records of a session, and takes it out of purged days; how many there were. Its name
    stays until `forget_session`. Locked while a roll-up is at work."""
    with roll_up_lock():
        errors = sessions.erase_errors(name)
        if (session := sessions.find(name)) is None:
            return Erased(0, errors)
        stale_days.add(EVENTS, purged_summaries.forget_member(EVENTS, session))
        return Erased(facts.erase_session(session), errors)


def forget_session(name: str) -> bool:
    """Deletes the row that names a session, once its days are rolled up; whether there is none any more. One that has
    events, as they go on arriving, stays, and so does one that a summary still names."""
    with roll_up_lock():
        session = sessions.find(name)
        return session is None or (not summaries.holds(EVENTS, session) and sessions.forget(session))
