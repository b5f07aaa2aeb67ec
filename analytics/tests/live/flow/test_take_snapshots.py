"""When snapshots are taken, and what they contain."""

from datetime import timedelta

import pytest

from analytics.ingest.flow.identify_visitor import visitor_numbers
from analytics.live.flow import take_snapshots
from analytics.models import Page, Site, Snapshot, SnapshotTick
from analytics.tests.visit_factory import START, after, show_visitors, store_visits, visit

pytestmark = pytest.mark.django_db


def snapshots_of(host: str = "example.com") -> list[tuple[int, int, dict[str, int]]]:
    """Return the snapshots of a site: seconds since the start, visitors, and visitors of each page."""
    paths = dict(Page.objects.values_list("id", "path"))
    return [
        (
            shot.moment - int(START.timestamp()),
            shot.visitors,
            {paths[page]: n for page, n in zip(shot.pages.ids.tolist(), shot.pages.weights.tolist(), strict=True)},
        )
        for shot in Snapshot.objects.filter(site__host=host).order_by("moment")
    ]


def test_a_snapshot_counts_each_visitor_once_a_page_and_once_a_site():
    store_visits([visit("/a", 1, -4), visit("/a", 1, -3), visit("/a", 2, -2), visit("/b", 1, -1)])
    assert take_snapshots.take_due(START)
    assert snapshots_of() == [(0, 2, {"/a": 2, "/b": 1})]


def test_a_snapshot_is_of_the_moment_on_the_grid_not_of_when_it_was_taken():
    store_visits([visit("/a", 1, 0), visit("/b", 1, 0.000001)])
    assert take_snapshots.take_due(after(4.9))
    assert snapshots_of() == [(0, 1, {"/a": 1})]


def test_a_visitor_last_seen_longer_ago_is_no_longer_counted():
    store_visits([visit("/a", 1, -5), visit("/b", 1, -4.999999)])
    take_snapshots.take_due(START)
    assert snapshots_of() == [(0, 1, {"/b": 1})]


def test_a_heartbeat_keeps_a_visitor_active(settings):
    settings.IDEEZA_ACTIVE_SECONDS = 30
    store_visits([visit("/a", 1, -40), visit("/a", 1, -25, is_beat=True)])
    take_snapshots.take_due(START)
    take_snapshots.take_due(after(5))
    assert snapshots_of() == [(0, 1, {"/a": 1}), (5, 0, {})]


def test_a_snapshot_is_taken_once_an_interval():
    show_visitors({"/a": 1}, 0)
    assert not take_snapshots.take_due(after(3))
    store_visits([visit("/a", 2, 4)])
    assert take_snapshots.take_due(after(5))
    assert [moment for moment, *_ in snapshots_of()] == [0, 5]
    assert SnapshotTick.objects.count() == 2


def test_an_older_snapshot_is_not_taken_after_a_newer_one():
    show_visitors({"/a": 1}, 5)
    assert not take_snapshots.take_due(START)


def test_a_site_that_falls_silent_has_one_snapshot_of_zero():
    show_visitors({"/a": 1}, 0)
    for seconds in (5, 10, 15):
        assert take_snapshots.take_due(after(seconds))
    assert snapshots_of() == [(0, 1, {"/a": 1}), (5, 0, {})]


def test_a_site_that_fell_silent_is_recorded_even_after_a_long_time_without_snapshots():
    show_visitors({"/a": 1}, 0)
    take_snapshots.take_due(after(7200))
    assert snapshots_of() == [(0, 1, {"/a": 1}), (7200, 0, {})]


def test_sites_are_independent_of_each_other():
    show_visitors({"/a": 2}, 0)
    show_visitors({"/a": 3}, 5, host="other.org")
    assert snapshots_of() == [(0, 2, {"/a": 2}), (5, 0, {})]
    assert snapshots_of("other.org") == [(5, 3, {"/a": 3})]


def test_lasting_snapshots_are_one_a_minute_and_those_where_silence_begins_or_ends():
    for seconds in (0, 5, 55, 60, 65):
        show_visitors({"/a": 1}, seconds)
    take_snapshots.take_due(after(70))
    show_visitors({"/a": 1}, 75)
    start = int(START.timestamp())
    assert [
        moment - start
        for moment in Snapshot.objects.filter(lasting=True).order_by("moment").values_list("moment", flat=True)
    ] == [0, 60, 70, 75]


def test_without_any_visits_only_the_tick_is_written():
    assert take_snapshots.take_due(START)
    assert (Site.objects.count(), Snapshot.objects.count(), SnapshotTick.objects.count()) == (0, 0, 1)


def test_the_interval_and_the_activity_are_settings(settings):
    settings.IDEEZA_SNAPSHOT_SECONDS, settings.IDEEZA_ACTIVE_SECONDS = 7, 100
    store_visits([visit("/a", 1, -95)])
    assert take_snapshots.take_due(after(1))
    assert take_snapshots.moment_of(after(1)) % 7 == 0
    assert [visitors for _, visitors, _ in snapshots_of()] == [1]


def test_a_clock_that_is_ahead_does_not_stop_the_snapshots(caplog):
    show_visitors({"/a": 1}, 0)
    show_visitors({"/a": 2}, 3600)
    assert [moment for moment, *_ in snapshots_of()] == [0, 3600]
    assert take_snapshots.keep_up(after(7))
    assert "clock of a server is wrong" in caplog.text
    store_visits([visit("/b", 9, 9)])
    assert take_snapshots.take_due(after(10))
    assert [(moment, visitors) for moment, visitors, _ in snapshots_of()] == [(0, 1), (5, 0), (10, 1)]


def test_clocks_that_differ_a_little_remove_nothing(caplog):
    show_visitors({"/a": 1}, 0)
    show_visitors({"/a": 2}, take_snapshots.TOLERANCE_SECONDS)
    assert not take_snapshots.take_due(START)
    assert [moment for moment, *_ in snapshots_of()] == [0, take_snapshots.TOLERANCE_SECONDS]
    assert caplog.text == ""


@pytest.mark.parametrize("seconds", [0, 8])
def test_who_stays_over_midnight_stays_one_visitor(settings, seconds):
    settings.IDEEZA_ACTIVE_SECONDS = 30
    midnight = 12 * 3600
    before, after_midnight = after(midnight - 10 + seconds), after(midnight + 5 + seconds)
    for moment in (before, after_midnight):
        number, formerly = visitor_numbers("", "192.0.2.1", "Firefox", moment)
        store_visits([visit("/a", number, (moment - START).total_seconds(), formerly=formerly)])
        take_snapshots.take_due(moment.replace(second=moment.second // 5 * 5) + timedelta(seconds=5))
    assert [visitors for _, visitors, _ in snapshots_of()] == [1, 1]


def test_two_visitors_who_meet_at_midnight_stay_two(settings):
    settings.IDEEZA_ACTIVE_SECONDS = 30
    midnight = 12 * 3600
    for address, seconds in (("192.0.2.1", -5), ("192.0.2.2", 3), ("192.0.2.1", 4)):
        number, formerly = visitor_numbers("", address, "Firefox", after(midnight + seconds))
        store_visits([visit("/a", number, midnight + seconds, formerly=formerly)])
    take_snapshots.take_due(after(midnight + 5))
    assert [visitors for _, visitors, _ in snapshots_of()] == [2]


def test_a_visitor_cannot_be_followed_from_day_to_day():
    (first, formerly), (second, before) = (
        visitor_numbers("", "192.0.2.1", "Firefox", after(seconds)) for seconds in (0, 86_400)
    )
    assert (formerly, before) == (0, 0)
    assert first != second
