"""The published model of daily summaries can be read and deleted, not written."""

from datetime import UTC, date, datetime

import pytest
from django.core.management import call_command

from analytics.models import BlogView, DailyAnalyticsSummary
from analytics.warehouse.flow import roll_up
from analytics.warehouse.flow.ask import ask
from analytics.warehouse.flow.verify import verify
from tally.query import By, Query


def test_daily_summaries_are_there_to_be_read_and_not_to_be_written(warehouse):
    assert DailyAnalyticsSummary.objects.count() == 6
    day = DailyAnalyticsSummary.objects.get(date=date(2024, 1, 31), country__code="DE")
    assert (day.total_views, day.unique_blogs, day.blog_ids) == (3, 1, [warehouse["one"].id])
    assert DailyAnalyticsSummary.objects.get(date=date(2024, 2, 29)).country is None
    for refused in (day.save, DailyAnalyticsSummary.objects.create, DailyAnalyticsSummary.objects.update):
        with pytest.raises(TypeError, match="precalculate_stats"):
            refused()


def test_summaries_that_are_deleted_are_made_again_by_the_next_run(warehouse):
    before, answer = list(DailyAnalyticsSummary.objects.values_list()), ask(Query(By.COUNTRY)).rows
    assert DailyAnalyticsSummary.objects.all().delete() == (6, {"analytics.DailyAnalyticsSummary": 6})
    assert not DailyAnalyticsSummary.objects.exists()
    dropped = ask(Query(By.COUNTRY))
    assert dropped.rows == [] and dropped.freshness.pending > 0
    call_command("precalculate_stats", verbosity=0)
    assert list(DailyAnalyticsSummary.objects.values_list()) == before
    assert ask(Query(By.COUNTRY)).rows == answer
    assert DailyAnalyticsSummary.objects.none().delete() == (0, {})


def test_deleting_one_summary_drops_its_day_and_what_contains_the_day(warehouse):
    day = DailyAnalyticsSummary.objects.get(date=date(2024, 1, 31), country__code="DE")
    assert day.delete() == (1, {"analytics.DailyAnalyticsSummary": 1})
    assert roll_up.pending_days() == [date(2024, 1, 31)]
    others = [check for check in verify(roll_up.all_days()) if check.bucket.start != date(2024, 1, 31)]
    assert all(check.same or check.stale for check in others)
    call_command("precalculate_stats", verbosity=0)
    assert all(check.same for check in verify(roll_up.all_days()))


def test_daily_summaries_are_of_days_of_the_first_zone(warehouse, settings):
    settings.IDEEZA_TIME_ZONES = ["Asia/Kathmandu", "UTC"]
    BlogView.objects.filter(timestamp__date=date(2024, 1, 31)).update(timestamp=datetime(2024, 1, 31, 20, tzinfo=UTC))
    call_command("precalculate_stats", verbosity=0)
    day = DailyAnalyticsSummary.objects.get(date=date(2024, 2, 1), country__code="DE")
    assert day.total_views == 3
    day.delete()
    assert roll_up.pending_days() == [date(2024, 1, 31), date(2024, 2, 1)]
    call_command("precalculate_stats", verbosity=0)
    assert DailyAnalyticsSummary.objects.get(date=date(2024, 2, 1), country__code="DE").total_views == 3
    assert all(check.same for check in verify(roll_up.all_days()))
