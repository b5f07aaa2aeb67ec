"""The published model of daily summaries can be read, not written."""

from datetime import date

import pytest

from analytics.models import DailyAnalyticsSummary


def test_daily_summaries_are_there_to_be_read_and_not_to_be_written(warehouse):
    assert DailyAnalyticsSummary.objects.count() == 6
    day = DailyAnalyticsSummary.objects.get(date=date(2024, 1, 31), country__code="DE")
    assert (day.total_views, day.unique_blogs, day.blog_ids) == (3, 1, [warehouse["one"].id])
    assert DailyAnalyticsSummary.objects.get(date=date(2024, 2, 29)).country is None
    for refused in (day.save, day.delete, DailyAnalyticsSummary.objects.all().delete):
        with pytest.raises(TypeError, match="precalculate_stats"):
            refused()
