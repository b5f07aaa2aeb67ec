"""What was erased is not stored again; what was received later is not even compared with it."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from analytics.ingest.flow import erase, write
from analytics.ingest.store import tombstones
from analytics.models import Event
from analytics.sources.messages.deliveries import Delivery, QueuedEvent
from analytics.sources.messages.timestamps import as_microseconds

ERASED_AT = datetime(2024, 3, 10, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def erased():
    """Erase bob, and ann an hour before."""
    for name, before in (("ann", timedelta(hours=1)), ("bob", timedelta())):
        erase.write_tombstones(erase.person_of_session(name), ERASED_AT - before)


@pytest.fixture
def compared(monkeypatch):
    """Return the sets of traces that are looked up among the tombstones."""
    found, find = [], tombstones.find
    monkeypatch.setattr(tombstones, "find", lambda traces: found.append(traces) or find(traces))
    return found


def delivery(session: str, received: datetime) -> Delivery:
    event = QueuedEvent(session, "c", "n", "{}", as_microseconds(received), uuid4().bytes)
    return Delivery(uuid4().bytes, 0, as_microseconds(received), [event])


def test_what_is_received_after_every_erasure_is_stored_without_a_comparison(compared):
    write.store(delivery("bob", ERASED_AT + MOMENT))
    assert (Event.objects.count(), compared) == (1, [])


def test_what_was_received_until_the_erasure_is_refused(compared):
    with pytest.raises(write.BeingErased):
        write.store(delivery("bob", ERASED_AT))
    assert (Event.objects.count(), len(compared)) == (0, 1)


def test_an_erasure_of_others_stops_no_one(compared):
    write.store(delivery("carol", ERASED_AT))
    write.store(delivery("ann", ERASED_AT))
    assert (Event.objects.count(), len(compared)) == (2, 2)


def test_an_old_delivery_is_compared_beside_a_new_one():
    sent = [delivery("bob", ERASED_AT + MOMENT), delivery("bob", ERASED_AT), delivery("carol", ERASED_AT)]
    assert [each.size for each in write.drop_erased(sent)] == [1, 0, 1]


def test_what_arrived_in_the_inbox_until_the_erasure_is_dropped():
    tombstones.add(erase.person_of_session("dan").traces, tombstones.Erasure(1, 5))
    sent = [Delivery(uuid4().bytes, 0, 10**18, delivery("dan", ERASED_AT).events, arrived=at) for at in (5, 6)]
    assert [each.size for each in write.drop_erased(sent)] == [0, 1]


def test_without_tombstones_nothing_is_compared(compared):
    tombstones.delete_before(10**18)
    write.store(delivery("bob", ERASED_AT))
    assert (Event.objects.count(), compared) == (1, [])
