"""The maintained counts of events and visits are compared with what they count, and corrected."""

import pytest
from django.core import serializers
from django.core.management import CommandError, call_command

from analytics import database
from analytics.ingest.flow import erase
from analytics.ingest.flow.verify_counts import WrongCount, repair_counts, wrong_counts
from analytics.ingest.store import event_lists
from analytics.live.flow import expire
from analytics.live.store import site_lists
from analytics.models import Event, KindCount, PageHits, Session, SessionCount
from analytics.tests.event_factory import add_events
from analytics.tests.visit_factory import after, store_visits, visit

pytestmark = pytest.mark.django_db
DAY_SECONDS = 86_400


@pytest.fixture
def facts():
    """Three events of two sessions and two kinds, three visits of two pages, one of them from long before."""
    add_events("ann", "page/view", "2024-02-29", "2024-03-01")
    add_events("bob", "page/click", "2024-03-01")
    store_visits([visit("/a", 1, 0), visit("/a", 2, 40 * DAY_SECONDS), visit("/b", 1, 40 * DAY_SECONDS)])


def hits() -> dict[str, int]:
    return {page.path: hits for page, hits in site_lists.pages(site_lists.Scope(), None, 0, 9).items}


def test_right_counts_are_not_reported(facts):
    assert wrong_counts() == []
    assert repair_counts() == 0


def test_a_wrong_count_of_each_kind_is_named_and_corrected(facts):
    session, kind = Session.objects.get(name="ann").pk, KindCount.objects.order_by("kind_id").first().kind_id
    page = PageHits.objects.order_by("page_id").first().page_id
    SessionCount.objects.filter(session=session).update(events=7)
    KindCount.objects.filter(kind=kind).delete()
    PageHits.objects.filter(page=page).update(hits=9)
    assert wrong_counts() == [
        WrongCount("session", session, 7, 2),
        WrongCount("kind", kind, 0, 2),
        WrongCount("page", page, 9, 2),
    ]
    assert repair_counts() == 3
    assert wrong_counts() == []
    assert event_lists.counts("session", 9) == {"ann": 2, "bob": 1}
    assert event_lists.counts("name", 9) == {"view": 2, "click": 1}
    assert hits() == {"/a": 2, "/b": 1}


def test_a_count_of_something_without_events_is_wrong(facts):
    Event.objects.filter(session__name="bob").delete()
    assert wrong_counts() == []
    SessionCount.objects.filter(name="bob").update(events=1)
    assert [(each.what, each.counted, each.stored) for each in wrong_counts()] == [("session", 1, 0)]
    assert repair_counts() == 1
    assert event_lists.counts("session", 9) == {"ann": 2}


def test_events_written_while_a_trigger_is_missing_are_counted_by_a_repair(facts):
    sql = {
        "postgresql": "ALTER TABLE analytics_event DISABLE TRIGGER analytics_event_insert_counted",
        "sqlite": "DROP TRIGGER analytics_event_insert_counted",
    }
    database.execute(sql[database.vendor()])
    add_events("eve", "page/view", "2024-03-02")
    assert [each.what for each in wrong_counts()] == ["session", "kind"]
    repair_counts()
    assert event_lists.counts("session", 9) == {"ann": 2, "bob": 1, "eve": 1}


def test_loading_a_dump_over_the_counts_is_noticed(facts):
    dump = serializers.serialize("json", [*SessionCount.objects.all(), *Event.objects.all()])
    Event.objects.all().delete()
    for each in serializers.deserialize("json", dump):
        each.save()
    assert [each.what for each in wrong_counts()] == ["session", "session"]
    repair_counts()
    assert event_lists.counts("session", 9) == {"ann": 2, "bob": 1}


def test_hits_stay_when_visits_expire_or_are_erased(facts):
    before = hits()
    assert expire.delete_expired(after(41 * DAY_SECONDS))
    assert erase.erase_address("203.0.113.0").visits == 0
    store_visits([visit("/a", 5, 41 * DAY_SECONDS)])
    assert hits() == {**before, "/a": before["/a"] + 1}
    assert wrong_counts() == []


def test_the_command_reports_wrong_counts_and_corrects_them(facts, capsys):
    call_command("precalculate_stats", verbosity=0)
    call_command("verify_stats")
    SessionCount.objects.filter(name="ann").update(events=3)
    with pytest.raises(CommandError, match="1 counts differ from what they count") as wrong:
        call_command("verify_stats")
    assert wrong.value.returncode == 3
    assert "differs: 3 counted, 2 stored" in capsys.readouterr().out
    with pytest.raises(CommandError):
        call_command("verify_stats", "--repair")
    assert "Corrected 1 counts." in capsys.readouterr().out
    call_command("verify_stats")
