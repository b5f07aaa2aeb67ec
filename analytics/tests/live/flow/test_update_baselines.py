"""Baselines are learnt from past hours."""

import pytest

from analytics.live.flow import take_snapshots, update_baselines
from analytics.models import HourlyBaseline
from analytics.tests.visit_factory import after, show_visitors

pytestmark = pytest.mark.django_db


def learnt(days: int, levels: dict[int, int]) -> None:
    """Show these levels of page /a by hour of the day, on each of these days, and update the baselines until the hour
    before START."""
    for day in range(-days, 0):
        for hour, level in levels.items():
            for minute in (0, 20, 40):
                show_visitors({"/a": level, "/b": 1}, day * 86_400 + (hour - 12) * 3600 + minute * 60)
            take_snapshots.take_due(after(day * 86_400 + (hour - 12) * 3600 + 50 * 60))
    for day in range(-days, 1):
        update_baselines.update_all(after(day * 86_400 + 60))


def test_an_hour_is_learnt_once(settings):
    settings.IDEEZA_ACTIVE_SECONDS = 1200
    learnt(1, {3: 4})
    before = HourlyBaseline.objects.values_list("learnt_until", "means").get()
    assert update_baselines.update_all(after(120)) == 0
    assert HourlyBaseline.objects.values_list("learnt_until", "means").get() == before


def test_what_a_clock_that_was_ahead_has_learnt_does_not_stop_the_learning(settings, caplog):
    settings.IDEEZA_ACTIVE_SECONDS = 1200
    learnt(1, {3: 4})
    HourlyBaseline.objects.update(learnt_until=int(after(7 * 86_400).timestamp()))
    show_visitors({"/a": 4}, 1800)
    update_baselines.update_all(after(1860))
    assert "a server's clock was wrong" in caplog.text
    assert update_baselines.update_all(after(3660)) == 1
    assert update_baselines.update_all(after(3720)) == 0
