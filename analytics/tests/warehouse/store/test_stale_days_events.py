"""Each change of an event that a summary shows marks its day as stale. Each changed name is recorded."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import transaction

from analytics import database
from analytics.datasets import EVENTS, VIEWS
from analytics.models import Event, Kind, Session
from analytics.tests.event_factory import add_events
from analytics.warehouse.flow import roll_up
from analytics.warehouse.store import generations, stale_days
from tally.span import EVER

pytestmark = pytest.mark.django_db

FIRST, SECOND, THIRD = date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1)


def clear_marks() -> None:
    database.execute("DELETE FROM analytics_event_mark")


def stale() -> list[date]:
    return stale_days.stale_days(EVENTS)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


@pytest.fixture
def events():
    """Create an event on each of three days, none of them stale."""
    made = add_events("s", "page/view", *(f"{day}T12:00" for day in (FIRST, SECOND, THIRD)))
    clear_marks()
    return made


def test_without_a_change_nothing_is_stale(events):
    assert list(Event.objects.order_by("id")) == events
    assert stale() == []


def test_an_event_marks_its_day_of_utc_and_no_day_of_views():
    add_events("s", "page/view", "2024-02-29T00:00", "2024-02-29T23:59:59.999999")
    assert stale() == [SECOND]
    assert stale_days.stale_days(VIEWS) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda: {"session": Session.objects.create(name="other")},
        lambda: {"kind": Kind.objects.create(category="page", name="left")},
        lambda: {"timestamp": datetime(2024, 2, 29, 13, tzinfo=UTC)},
    ],
)
def test_another_session_kind_or_time_marks_the_day(events, change):
    Event.objects.filter(pk=events[1].pk).update(**change())
    assert stale() == [SECOND]


def test_an_event_that_moves_marks_the_day_it_left_and_the_day_it_came_to(events):
    Event.objects.filter(pk=events[0].pk).update(timestamp=noon(THIRD))
    assert stale() == [FIRST, THIRD]


def test_two_events_that_change_places_mark_both_days(events):
    database.execute(
        """UPDATE analytics_event SET timestamp =
           (SELECT other.timestamp FROM analytics_event AS other WHERE other.id = %s - analytics_event.id)
           WHERE id IN (%s, %s)""",
        [events[0].pk + events[2].pk, events[0].pk, events[2].pk],
    )
    assert stale() == [FIRST, THIRD]


def test_changes_that_no_summary_shows_mark_nothing(events):
    Event.objects.update(data={"a": 1})
    Event.objects.filter(pk=events[0].pk).update(timestamp=events[0].timestamp)
    assert stale() == []


def test_a_deleted_event_marks_its_day_and_a_deleted_session_those_of_its_events(events):
    events[2].delete()
    assert stale() == [THIRD]
    Session.objects.get().delete()
    assert stale() == [FIRST, SECOND, THIRD]


def test_a_duplicate_event_marks_nothing(events):
    again = Event(session=events[0].session, kind=events[0].kind, timestamp=noon(FIRST), content=events[0].content)
    Event.objects.bulk_create([again], ignore_conflicts=True)
    assert Event.objects.count() == 3
    assert stale() == []


def test_a_change_that_is_rolled_back_leaves_no_mark(events):
    with pytest.raises(RuntimeError), transaction.atomic():
        add_events("s", "page/view", f"{FIRST}T13:00")
        assert stale() == [FIRST]
        raise RuntimeError
    assert stale() == []


@pytest.mark.postgres
def test_truncate_marks_every_day_that_has_a_summary(events):
    stale_days.add(EVENTS, [FIRST, SECOND, THIRD])
    call_command("precalculate_stats", verbosity=0)
    database.execute("TRUNCATE analytics_event")
    assert stale() == [FIRST, SECOND, THIRD]
    call_command("precalculate_stats", verbosity=0)
    assert stale() == [] and stale_days.oldest(EVENTS) is None
    assert not generations.coverage(EVENTS).span


@pytest.mark.sqlite
def test_insert_or_replace_marks_the_day_of_the_event_that_it_removes(events):
    columns = "id, session_id, kind_id, data, timestamp, content"
    database.execute(
        f"INSERT OR REPLACE INTO analytics_event ({columns}) VALUES (%s, %s, %s, '{{}}', '2024-03-01 12:00:00', %s)",
        [events[0].pk, events[0].session_id, events[0].kind_id, uuid4().hex],
    )
    assert Event.objects.count() == 3
    assert stale() == [FIRST, THIRD]


class TestNames:
    """A changed name of a session or kind is a new version of the answers. A new event is not."""

    @pytest.fixture
    def version(self, events):
        return lambda: generations.freshness(EVENTS, EVER).version

    def test_new_and_deleted_events_are_no_new_version(self, version, events):
        before = version()
        add_events("s", "page/view", "2024-05-01")
        events[0].delete()
        assert version() == before

    def test_each_changed_name_is_a_new_version(self, version, events):
        seen = [version()]
        for change in (
            lambda: Kind.objects.update(name="seen"),
            lambda: Kind.objects.update(category="pages"),
            lambda: Session.objects.update(name="somebody"),
            lambda: Session.objects.all().delete(),
            lambda: Kind.objects.all().delete(),
        ):
            change()
            seen.append(version())
        assert len(set(seen)) == len(seen)

    def test_a_run_over_views_alone_leaves_no_answer_about_events_from_before_a_name_changed(self, version):
        before = version()
        Kind.objects.update(name="seen")
        list(roll_up.roll_up([FIRST], noon(THIRD)))
        assert version() != before
