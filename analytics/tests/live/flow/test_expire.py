"""Old rows are deleted when they expire, and not before."""

from datetime import timedelta

import pytest

from analytics.live.flow import expire, take_snapshots
from analytics.live.store import visitor_salts
from analytics.models import Heartbeat, Page, Snapshot, SnapshotTick, Visit, VisitorSalt
from analytics.tests.visit_factory import START, after, show_visitors, store_visits, visit

pytestmark = pytest.mark.django_db
DAY = 86_400


def left() -> list[int]:
    start = int(START.timestamp())
    return [moment - start for moment in Snapshot.objects.order_by("moment").values_list("moment", flat=True)]


def test_a_visit_is_kept_for_seven_days_and_its_hit_forever():
    store_visits([visit("/a", 1, 0), visit("/a", 2, 10)])
    expire.delete_expired(after(7 * DAY))
    assert Visit.objects.count() == 2
    expire.delete_expired(after(7 * DAY + 5))
    assert Visit.objects.count() == 1
    assert sum(Page.objects.values_list("hits__hits", flat=True)) == 2


def test_every_snapshot_is_kept_for_two_days_then_one_a_minute_for_ninety():
    for seconds in (0, 5, 55, 60, 65):
        show_visitors({"/a": 1}, seconds)
    expire.delete_expired(after(2 * DAY))
    assert left() == [0, 5, 55, 60, 65]
    expire.delete_expired(after(2 * DAY + 60))
    assert left() == [0, 60, 65]
    expire.delete_expired(after(90 * DAY + 1))
    assert left() == [60]
    expire.delete_expired(after(91 * DAY))
    assert left() == []


def test_heartbeats_are_kept_for_ten_minutes():
    store_visits([visit("/a", 1, 0)])
    expire.delete_expired(after(600))
    assert Heartbeat.objects.count() == 1
    expire.delete_expired(after(601))
    assert not Heartbeat.objects.exists()


def test_heartbeats_are_kept_as_long_as_a_visitor_is_active(settings):
    settings.IDEEZA_ACTIVE_SECONDS = 3600
    store_visits([visit("/a", 1, 0)])
    expire.delete_expired(after(3600))
    assert Heartbeat.objects.count() == 1


def test_the_salt_of_yesterday_is_deleted():
    visitor_salts.get_or_create_salt(START.date())
    expire.delete_expired(START + timedelta(hours=12, minutes=59))
    assert VisitorSalt.objects.exists()
    expire.delete_expired(START + timedelta(hours=13, minutes=1))
    assert not VisitorSalt.objects.exists()


def test_ticks_are_kept_for_an_hour_and_the_last_one_at_least():
    show_visitors({"/a": 1}, 0)
    show_visitors({"/a": 1}, 3600)
    expire.delete_expired(after(3601))
    assert SnapshotTick.objects.count() == 1


def test_rows_are_deleted_in_batches(monkeypatch):
    monkeypatch.setattr(expire, "ROWS_PER_DELETE", 2)
    store_visits([visit("/a", number, number) for number in range(5)])
    now = after(8 * DAY)
    done = []
    while not done or done[-1]:
        done.append(expire.delete_expired(now))
    assert (done, Visit.objects.count(), Heartbeat.objects.count()) == ([4, 4, 2, 0], 0, 0)


def test_snapshots_of_one_moment_are_deleted_together(monkeypatch):
    monkeypatch.setattr(expire, "ROWS_PER_DELETE", 2)
    store_visits([visit("/a", 1, -1, host=f"{n}.org") for n in range(5)])
    take_snapshots.take_due(START)
    expire.delete_expired(after(91 * DAY))
    assert not Snapshot.objects.exists()
