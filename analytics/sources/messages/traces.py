"""Find in deliveries what names an erased person, and remove it, without keeping a name.

A trace is the digest of one thing that names a person: a session, a viewer, a visitor's number or an address.
"""

from collections.abc import Collection
from functools import lru_cache
from ipaddress import ip_address
from typing import NamedTuple

from msgspec.structs import replace

from analytics.sources.messages.deliveries import Delivery, QueuedBlogView, QueuedEvent
from analytics.sources.messages.events import digest
from analytics.sources.messages.page_visits import PageVisit, visitor_from_name


class Person(NamedTuple):
    """A person whose data are erased: the traces, and the bytes that name them in what cannot be read."""

    traces: frozenset[str]
    spelling: bytes


def person_of_session(name: str) -> Person:
    """Return the person of a session, who is also the visitor of its page views."""
    return Person(frozenset((_session(name), _visitor(visitor_from_name(name)))), name.encode())


def person_of_viewer(name: str) -> Person:
    """Return the person with this user name, who is also the visitor whom a client gave this name."""
    return Person(frozenset((_trace("viewer", name), _visitor(visitor_from_name(name)))), name.encode())


def person_at_address(address: str) -> Person:
    """Return the person at this address, which must be a valid one."""
    packed = ip_address(address).packed
    return Person(frozenset((_trace("address", packed),)), packed)


@lru_cache(8192)
def _trace(sort: str, value: str | bytes) -> str:
    return digest("trace", sort, value).hex()


def _session(name: str) -> str:
    return _trace("session", name)


def _visitor(number: int) -> str:
    return _trace("visitor", str(number))


def traces_in(delivery: Delivery) -> set[str]:
    """Return the traces of everyone whom a delivery names."""
    found = {_session(event.session) for event in delivery.events}
    found |= {_session(event.session) for event in delivery.rejected}
    for view in (*delivery.views, *(event.view for event in delivery.events if event.view)):
        found |= _of_view(view)
    for visit in (*delivery.visits, *(event.visit for event in delivery.events if event.visit)):
        found |= _of_visit(visit)
    return found


def _of_view(view: QueuedBlogView) -> set[str]:
    named = {_trace(sort, value) for sort, value in (("viewer", view.viewer), ("address", view.address)) if value}
    return named | {_visitor(view.visitor)} if view.visitor else named


def _of_visit(visit: PageVisit) -> set[str]:
    return {_visitor(visit.visitor), *([_trace("address", visit.address)] if visit.address else [])}


def without(delivery: Delivery, erased: Collection[str]) -> Delivery:
    """Return the delivery without what these traces name.

    An event goes with its session. Where only its address or its visitor is erased, its page view and its visit go.

    >>> bob = QueuedEvent("bob", "c", "n", "{}", 0, bytes(16))
    >>> without(Delivery(bytes(16), 0, 0, events=[bob]), person_of_session("bob").traces).size
    0
    """
    gone = frozenset(erased)
    if not gone:
        return delivery
    return replace(
        delivery,
        events=[_event_without(each, gone) for each in delivery.events if _session(each.session) not in gone],
        views=[view for view in delivery.views if gone.isdisjoint(_of_view(view))],
        rejected=[each for each in delivery.rejected if _session(each.session) not in gone],
        visits=[visit for visit in delivery.visits if gone.isdisjoint(_of_visit(visit))],
    )


def _event_without(event: QueuedEvent, gone: frozenset[str]) -> QueuedEvent:
    view, visit = event.view, event.visit
    if view and not gone.isdisjoint(_of_view(view)):
        view = None
    if visit and not gone.isdisjoint(_of_visit(visit)):
        visit = None
    return event if (view, visit) == (event.view, event.visit) else replace(event, view=view, visit=visit)
