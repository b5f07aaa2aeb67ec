"""Delete the data of a person. The days that change become stale, as after any other change.

First write tombstones, then delete: what is stored while the tombstones are written is deleted, and what was received
before and is still on its way meets them. After an interruption, erase again.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any, NamedTuple

from analytics import conf, database
from analytics.datasets import EVENTS, VIEWS
from analytics.ingest.store import dead_letters, inbox, session_erasure, tombstones
from analytics.ingest.store.tombstones import Erasure
from analytics.live.store import visitor_salts, visits
from analytics.sources.messages.page_visits import stored_visitor, visitor_from_name
from analytics.sources.messages.timestamps import as_microseconds
from analytics.sources.messages.traces import Person, person_at_address, person_of_session, person_of_viewer
from analytics.warehouse.store import facts, generations, purged_summaries, stale_days, summaries, unfinished_writes
from analytics.warehouse.store.facts import ErasedViews
from analytics.warehouse.store.locks import roll_up_lock
from tally.span import EVER


class ErasureResult(NamedTuple):
    """The numbers of views, events, error records and visits deleted, and of dead letters changed."""

    views: int = 0
    events: int = 0
    errors: int = 0
    visits: int = 0
    letters: int = 0


def write_tombstones(person: Person, now: datetime) -> None:
    """Make sure that nothing of a person that was received until now is stored from now on.

    What waits in the inbox is covered whatever the clocks of the servers say, as long as Redis answers.
    """
    arrived = (inbox.last_arrival() or 0) if conf.redis_configured() else 0
    with database.committing():
        tombstones.add(person.traces, Erasure(as_microseconds(now), arrived))


def erase_viewer(username: str) -> ErasureResult:
    """Delete the views of a signed-in viewer, and the views and visits of the visitor with this client-given name, also
    from dead letters."""
    with _erasing(facts.of_viewer(username), _of_visitor(username)) as views:
        return ErasureResult(
            views=views(),
            visits=visits.erase_visitor(visitor_from_name(username)),
            letters=dead_letters.erase(person_of_viewer(username)),
        )


def erase_address(address: str) -> ErasureResult:
    """Delete the views and visits from exactly this address, also from dead letters.

    An address that was stored truncated identifies no person, so it does not match.
    """
    with _erasing(ErasedViews(address=address)) as views:
        return ErasureResult(
            views=views(),
            visits=visits.erase_address(address),
            letters=dead_letters.erase(person_at_address(address)),
        )


def erase_session(name: str) -> ErasureResult:
    """Delete the events, error records, page views and page visits of a session, and remove it from dead letters and
    from the summaries of purged days.

    The name of the session stays until `delete_session` deletes it. Raise AlreadyRunning while a roll-up, a purge or
    a repair runs.
    """
    with _erasing(_of_visitor(name), transaction=roll_up_lock) as views:
        result = ErasureResult(
            views=views(),
            errors=session_erasure.erase_errors(name),
            visits=visits.erase_visitor(visitor_from_name(name)),
            letters=dead_letters.erase(person_of_session(name)),
        )
        if (session := session_erasure.find(name)) is None:
            return result
        stale_days.add(EVENTS, purged_summaries.remove_member(EVENTS, session))
        return result._replace(events=facts.erase_session(session))


@contextmanager
def _erasing(
    *several: ErasedViews, transaction: Callable[[], AbstractContextManager[Any]] = database.committing
) -> Iterator[Callable[[], int]]:
    """Open a transaction, and give a function that deletes these views in it and returns their number. Days that only
    a cluster of facts can name are noted before, so that they become stale wherever this is interrupted."""
    write = unfinished_writes.begin(VIEWS, {day for each in several for day in facts.days_of(each)})
    with transaction():
        yield lambda: sum(map(facts.erase, several))
        unfinished_writes.end(VIEWS, write)


def _of_visitor(name: str) -> ErasedViews:
    """Return the views of the visitor with this name."""
    visitor = stored_visitor(visitor_from_name(name), visitor_salts.installation_secret())
    return ErasedViews(visitor=visitor or 0)


def waiting_deliveries() -> int | None:
    """Return the number of deliveries in the inbox, which may hold data of anyone; None while Redis does not answer."""
    return inbox.length() if conf.inbox() else 0


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


__all__ = [
    "ErasureResult",
    "Person",
    "delete_session",
    "erase_address",
    "erase_session",
    "erase_viewer",
    "person_at_address",
    "person_of_session",
    "person_of_viewer",
    "waiting_deliveries",
    "write_tombstones",
]
