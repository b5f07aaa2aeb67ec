"""Many events are inserted at once, some of which exist already. COPY and a single statement give the same result."""

import pytest
from django.db import IntegrityError

from analytics import database
from analytics.ingest.store import events, session_and_kind_ids
from analytics.ingest.store.events import MIN_COPY_ROWS, EventRow, InsertResult
from analytics.models import Event, Session, SessionCount
from analytics.sources.messages.events import read, to_queued_event

APPLICATION = 7


def event_row(number, event_id=None):
    fields = {"session_id": f"session {number % 3}", "category": "c", "name": "n", "data": {"n": number, "é": '\\"\n'}}
    event = to_queued_event(
        read({**fields, "timestamp": f"2024-01-01T00:00:{number % 60:02}Z", "event_id": event_id}, 0), 1
    )
    sessions, kinds = (
        session_and_kind_ids.get_or_create_sessions([event.session]),
        session_and_kind_ids.get_or_create_kinds([(event.category, event.name)]),
    )
    return EventRow(sessions[event.session], kinds[event.category, event.name], APPLICATION * (number % 2), event)


def several(*numbers):
    return [event_row(number, f"id {number}" if number % 5 == 0 else None) for number in numbers]


def stored():
    return [each.data["n"] for each in Event.objects.order_by("id")]


def counted():
    return sum(SessionCount.objects.values_list("events", flat=True))


@pytest.mark.django_db
def test_many_new_events_are_stored_unchanged_and_in_order():
    several_given = several(*range(MIN_COPY_ROWS))
    kept = events.add(several_given)
    assert [each.result for each in kept] == [InsertResult.NEW] * MIN_COPY_ROWS
    assert [each.id for each in kept] == list(Event.objects.order_by("id").values_list("id", flat=True))
    assert stored() == list(range(MIN_COPY_ROWS)) and counted() == MIN_COPY_ROWS
    for number, (event, there) in enumerate(zip(Event.objects.order_by("id"), several_given, strict=True)):
        assert event.data == {"n": number, "é": '\\"\n'}
        assert event.timestamp.isoformat() == f"2024-01-01T00:00:{number % 60:02}+00:00"
        assert event.application_id == (APPLICATION if number % 2 else None)
        assert event.content.bytes == there.event.content
        assert (event.event_key and event.event_key.bytes) == there.event.key
        assert (event.session_id, event.kind_id) == (there.session, there.kind)


@pytest.mark.django_db
def test_existing_events_of_a_batch_are_found_and_the_others_are_stored():
    before = events.add(several(3, 4, 5))
    batch = [*several(*range(MIN_COPY_ROWS)), *several(7), event_row(1000, "id 5")]
    kept = events.add(batch)
    assert [(kept[n].id, kept[n].result) for n in (3, 4)] == [(each.id, InsertResult.DUPLICATE) for each in before[:2]]
    assert (kept[5].id, kept[5].result) == (before[2].id, InsertResult.SAME_EVENT_ID)
    assert (kept[MIN_COPY_ROWS].id, kept[MIN_COPY_ROWS].result) == (kept[7].id, InsertResult.DUPLICATE)
    assert (kept[MIN_COPY_ROWS + 1].id, kept[MIN_COPY_ROWS + 1].result) == (before[2].id, InsertResult.SAME_EVENT_ID)
    assert [each.result for each in kept].count(InsertResult.NEW) == MIN_COPY_ROWS - 3
    assert stored() == [3, 4, 5, 0, 1, 2, *range(6, MIN_COPY_ROWS)] and counted() == MIN_COPY_ROWS


@pytest.mark.django_db
def test_a_time_that_no_calendar_has_is_refused_however_many_there_are():
    sent = {"session_id": "session 1", "category": "c", "name": "n"}
    impossible = event_row(1)._replace(event=to_queued_event(read(sent, 2**53), 1))
    with pytest.raises(IntegrityError), database.attempting():
        events.add([*several(*range(MIN_COPY_ROWS)), impossible])
    assert stored() == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_cached_session_that_was_erased_is_refused_until_the_cache_is_cleared():
    session_and_kind_ids.clear_cache()
    first = event_row(1)
    with database.committing():
        events.add([first])
    Event.objects.all().delete()
    Session.objects.all().delete()
    assert event_row(1).session == first.session
    with pytest.raises(IntegrityError), database.committing():
        events.add([event_row(1)])
    session_and_kind_ids.clear_cache()
    with database.committing():
        events.add([event_row(1)])
    assert event_row(1).session != first.session and counted() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_session_that_was_not_committed_is_not_cached():
    session_and_kind_ids.clear_cache()
    with pytest.raises(ZeroDivisionError), database.committing():
        undone = event_row(1).session
        raise ZeroDivisionError
    assert event_row(1).session != undone
