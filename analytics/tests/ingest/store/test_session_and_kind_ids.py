"""Ids of sessions and kinds that a process remembers are never used for another session or kind."""

from uuid import uuid4

import pytest

from analytics import database
from analytics.ingest.flow import write
from analytics.ingest.store import session_and_kind_ids
from analytics.ingest.store.events import MIN_COPY_ROWS
from analytics.models import Event
from analytics.sources.messages.deliveries import Delivery
from analytics.sources.messages.events import read, to_queued_event

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


CONSTRAINTS = {"analytics_session": "session_once", "analytics_kind": "kind_once"}
KEYS = {"analytics_session": "name", "analytics_kind": "category, name"}


@pytest.fixture(autouse=True)
def no_remembered_ids():
    session_and_kind_ids.clear_cache()
    yield
    session_and_kind_ids.clear_cache()


def store(session: str, name: str, count: int, first: int = 0) -> None:
    sent = [
        {"session_id": session, "category": "page", "name": name, "data": {"n": number}}
        for number in range(first, first + count)
    ]
    events = [to_queued_event(read(each, 0), 1) for each in sent]
    write.store(Delivery(uuid4().bytes, 0, 0, events=events))


def restore(table: str, column: str, names: dict[str, str]) -> None:
    """Give rows other ids, as a restore of another database does: swap the names."""
    swapped = " ".join(f"WHEN '{old}' THEN '{new}'" for old, new in names.items())
    database.execute(f"ALTER TABLE {table} DROP CONSTRAINT {CONSTRAINTS[table]}")
    database.execute(f"UPDATE {table} SET {column} = CASE {column} {swapped} ELSE {column} END")
    database.execute(f"ALTER TABLE {table} ADD CONSTRAINT {CONSTRAINTS[table]} UNIQUE ({KEYS[table]})")


@pytest.mark.parametrize("count", [1, MIN_COPY_ROWS])
@pytest.mark.parametrize(
    ("table", "other", "column", "name"),
    [
        ("analytics_session", ("bob", "view"), "session__name", "ann"),
        ("analytics_kind", ("ann", "click"), "kind__name", "view"),
    ],
)
def test_after_a_restore_events_are_of_the_session_and_kind_they_name(count, table, other, column, name):
    store("ann", "view", count)
    store(*other, 1)
    swapped = next(each for each in other if each not in ("ann", "view"))
    restore(table, "name", {name: swapped, swapped: name})
    store("ann", "view", count, first=1000)
    later = Event.objects.filter(data__n__gte=1000)
    assert set(later.values_list(column, flat=True)) == {name} and later.count() == count


@pytest.mark.parametrize("count", [1, MIN_COPY_ROWS])
def test_a_remembered_session_that_is_gone_is_created_again(count):
    store("ann", "view", count)
    database.execute("TRUNCATE analytics_event, analytics_session, analytics_sessioncount CASCADE")
    store("ann", "view", count, first=1000)
    assert set(Event.objects.values_list("session__name", flat=True)) == {"ann"}
