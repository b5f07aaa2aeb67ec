"""Events are written while another process rolls them up or erases their session."""

import hashlib
from contextlib import closing, suppress
from functools import partial

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from analytics import clock, database
from analytics.datasets import EVENTS
from analytics.http.try_again_later import TryAgainLater
from analytics.ingest.flow import erase, write
from analytics.models import Event, EventSummary, Session, SessionCount
from analytics.sources.messages.deliveries import Delivery, QueuedEvent
from analytics.tests.event_factory import add_events
from analytics.tests.processes import sample_views
from analytics.tests.processes.mid_run import MOMENTS, during_run
from analytics.tests.processes.other_process import Task, in_thread
from analytics.warehouse.flow import roll_up
from analytics.warehouse.flow.verify import verify

DAYS = ("2023-12-31", "2024-01-15", "2024-02-12")
CHANGES = {
    "an insert": "INSERT INTO analytics_event (session_id, kind_id, data, timestamp, content) "
    "SELECT session_id, kind_id, '{}', '2024-01-15 08:00Z', gen_random_uuid() FROM analytics_event LIMIT 1",
    "a move": "UPDATE analytics_event SET timestamp = '2024-02-20' WHERE timestamp < '2024-01-01'",
    "a delete": "DELETE FROM analytics_event WHERE timestamp >= '2024-02-01'",
}


@pytest.fixture
def events(empty) -> None:
    for session in ("ann", "bob"):
        for kind in ("page/view", "cta/click"):
            add_events(session, kind, *(f"{day}T12:00" for day in DAYS))


def run() -> None:
    list(roll_up.roll_up(roll_up.pending_days(dataset=EVENTS), sample_views.NOW, EVENTS))


def wrong() -> list:
    return [check for check in verify(roll_up.all_days(dataset=EVENTS), EVENTS) if not check.same]


@pytest.mark.postgres
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_change_in_the_middle_of_a_run_is_in_the_next_run_at_the_latest(events, monkeypatch, moment, change):
    during_run(monkeypatch, moment, lambda: in_thread(lambda: database.execute(CHANGES[change])))
    run()
    assert roll_up.pending_days(dataset=EVENTS) or wrong() == []
    run()
    assert roll_up.pending_days(dataset=EVENTS) == []
    assert wrong() == []


def sent(session: str, number: int) -> Delivery:
    """Return a delivery of one event, different from all others."""
    digest = hashlib.sha256(f"{session} {number}".encode()).digest()[:16]
    queued = QueuedEvent(session, "page", "view", "{}", 1_704_100_000_000_000 + number, digest)
    return Delivery(digest, 0, clock.now_microseconds(), events=[queued])


def store(session: str, number: int) -> None:
    """Store an event, and send it again after a 503, as clients do: an erasure may come in between."""
    for _ in range(100):
        with suppress(TryAgainLater):
            write.store(sent(session, number))
            return
    raise AssertionError("refused a hundred times")


@pytest.mark.postgres
def test_writing_into_a_session_that_is_being_erased_neither_fails_nor_leaves_an_event_without_a_session(events):
    """Two threads write to the session and one to another, while the session is erased again and again."""

    def send(session: str, first: int) -> None:
        for number in range(first, first + 150):
            store(session, number)

    writers = [Task(partial(send, *each)) for each in (("bob", 0), ("bob", 1000), ("ann", 0))]
    while any(writer.is_alive() for writer in writers):
        _erase("bob")
    for writer in writers:
        writer.outcome()
    assert Event.objects.exclude(session__in=Session.objects.all()).count() == 0
    assert Event.objects.filter(session__name="ann").count() == 156
    assert _erase("bob")
    assert not Session.objects.filter(name="bob").exists()
    assert list(SessionCount.objects.values_list("name", "events")) == [("ann", 156)]
    assert wrong() == [] and EventSummary.objects.exists()


def _erase(session: str) -> bool:
    try:
        call_command("erase", "--session", session, verbosity=0)
    except CommandError as error:
        assert "have arrived meanwhile" in str(error)
        return False
    return True


@pytest.mark.postgres
@pytest.mark.parametrize("ends_well", [True, False])
def test_a_session_is_not_deleted_while_another_connection_writes_into_it(events, ends_well):
    run()
    with closing(connections.create_connection("default")) as other:
        other.set_autocommit(False)
        erase.erase_session("bob")
        run()
        with other.cursor() as cursor:
            cursor.execute("""INSERT INTO analytics_event (session_id, kind_id, data, timestamp, content)
                   SELECT id, (SELECT min(id) FROM analytics_kind), '{}', '2024-01-15 08:00Z', gen_random_uuid()
                   FROM analytics_session WHERE name = 'bob'""")
        forgetting = Task(lambda: erase.delete_session("bob"))
        while forgetting.is_alive() and not database.value("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            forgetting.join(0.01)
        other.commit() if ends_well else other.rollback()
    assert forgetting.outcome() is not ends_well
    assert Session.objects.filter(name="bob").exists() is ends_well
    assert Event.objects.exclude(session__in=Session.objects.all()).count() == 0


@pytest.mark.postgres
@pytest.mark.parametrize("session", ["bob", "nobody"])
def test_a_session_is_not_erased_during_a_roll_up(events, monkeypatch, session):
    def refused() -> int:
        with pytest.raises(CommandError, match="Another roll-up is running") as stopped:
            call_command("erase", "--session", session, verbosity=0)
        return stopped.value.returncode

    codes = during_run(monkeypatch, "after its facts are counted", lambda: in_thread(refused))
    run()
    assert codes == [75]
    assert Event.objects.count() == 12
