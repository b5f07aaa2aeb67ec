"""The counts of events always equal a plain loop over the events, whatever writes and deletes them."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.ingest.flow import write
from analytics.ingest.store.event_lists import counts
from analytics.models import Event, Kind, KindCount, Session, SessionCount
from analytics.sources.messages.deliveries import Delivery
from analytics.sources.messages.events import read, to_queued_event

START = datetime(2024, 1, 1, tzinfo=UTC)


CHANGES = st.one_of(
    st.tuples(st.just("send"), st.lists(st.tuples(*[st.integers(0, 3)] * 4), max_size=8)),
    st.tuples(st.just("delete"), st.integers(0, 3)),
    st.tuples(st.just("move"), st.integers(0, 3)),
)


pytestmark = pytest.mark.django_db


def sent(session, category, name, number):
    fields = {"session_id": f"s{session}", "category": f"c{category}", "name": f"n{name}", "data": {"n": number}}
    return to_queued_event(read({**fields, "timestamp": "2024-01-01"}, 0), 0)


def store(rows):
    write.store(Delivery(bytes(16), 0, 0, events=[sent(*each) for each in rows]))


def delete(number):
    Event.objects.filter(data={"n": number}).delete()


def move(number):
    """Move an event to another session by SQL."""
    if target := Session.objects.order_by("name").first():
        Event.objects.filter(data={"n": number}).update(session=target)


@settings(max_examples=60, deadline=None)
@given(st.lists(CHANGES, max_size=6))
def test_counts_equal_a_loop_over_the_events(changes):
    Event.objects.all().delete()
    for act, argument in changes:
        {"send": store, "delete": delete, "move": move}[act](argument)
    there = list(Event.objects.select_related("session", "kind"))
    for by, label in (
        ("session", lambda event: event.session.name),
        ("category", lambda event: event.kind.category),
        ("name", lambda event: event.kind.name),
    ):
        expected = Counter(map(label, there))
        assert list(counts(by, 100).items()) == sorted(expected.items(), key=lambda item: (-item[1], item[0]))


def test_bulk_create_is_counted():
    session, kind = Session.objects.create(name="s"), Kind.objects.create(category="c", name="n")
    Event.objects.bulk_create(
        Event(session=session, kind=kind, timestamp=START + timedelta(seconds=n), content=f"{n:032x}") for n in range(9)
    )
    assert counts("session", 10) == {"s": 9}


def test_deleting_a_session_leaves_no_count_of_it():
    store([(0, 0, 0, 0), (0, 0, 0, 1), (1, 0, 0, 0)])
    Session.objects.get(name="s0").delete()
    assert list(SessionCount.objects.values_list("name", "events")) == [("s1", 1)]
    assert counts("category", 10) == {"c0": 1}


@pytest.mark.django_db(transaction=True)
def test_a_flush_leaves_no_counts():
    store([(0, 0, 0, 0)])
    call_command("flush", interactive=False, verbosity=0)
    assert (SessionCount.objects.count(), KindCount.objects.count()) == (0, 0)


@pytest.mark.postgres
def test_truncate_is_counted():
    store([(0, 0, 0, 0)])
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE analytics_event")
    assert counts("session", 10) == counts("category", 10) == {}


@pytest.mark.postgres
def test_events_of_a_session_that_is_gone_are_refused():
    kind = Kind.objects.create(category="c", name="n")
    with pytest.raises(IntegrityError, match="of these events is gone"), transaction.atomic():
        Event.objects.create(session_id=4711, kind=kind, timestamp=START, content="0" * 32)


def test_counts_are_kept_by_the_database(three_events):
    assert sorted(SessionCount.objects.values_list("name", "events")) == [
        ("another", 1),
        ("e2085be5-9137-4e4e-80b5-f1ffddc25423", 2),
    ]
    Event.objects.filter(kind__name="submit").delete()
    assert sum(KindCount.objects.values_list("events", flat=True)) == 2
    assert SessionCount.objects.get(name="another").events == 0
