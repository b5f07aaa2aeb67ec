"""Python callers get the answers of the API."""

from datetime import UTC, date, datetime

import pytest
from rest_framework.exceptions import ValidationError

from analytics import cache
from analytics.services import AnalyticsService
from tally.question import NotHeld


def test_python_callers_get_the_same(warehouse, ask):
    filters = {"start_date": date(2024, 2, 1), "end_date": datetime(2024, 3, 4, 5, tzinfo=UTC)}
    wire = {"start_date": "2024-02-01", "end_date": "2024-03-04"}
    service = AnalyticsService()
    assert service.get_grouped_analytics("country", filters) == ask("blog-views/country/", wire).json()
    assert service.get_grouped_analytics_fast("user", filters) == ask("blog-views/user/", wire).json()
    assert service.get_top_analytics("blog", filters | {"limit": 1}) == ask("top/blog/", wire | {"limit": 1}).json()
    assert service.get_performance_analytics(filters) == ask("performance/", wire).json()
    assert AnalyticsService.get_top_analytics("user") == ask("top/user/").json()
    with pytest.raises(ValueError, match="object_type must be one of: country, user"):
        service.get_grouped_analytics("planet")


@pytest.mark.parametrize("filters", [{}, {"range": "month"}, {"year": 2024}])
def test_a_new_question_takes_few_queries(warehouse, unforgetting, django_assert_max_num_queries, filters):
    cache.key("the name of the installation is read once a process")
    with django_assert_max_num_queries(4):
        AnalyticsService.get_grouped_analytics("country", filters)
    with django_assert_max_num_queries(5):
        AnalyticsService.get_grouped_analytics("user", filters)


def test_python_callers_ask_any_question(warehouse, ask):
    span = {"start_date": date(2024, 2, 1), "end_date": datetime(2024, 3, 4, 5, tzinfo=UTC)}
    asked = {"dimensions": ["country"], "limit": 2, "include": ["totals"]}
    wire = {"range": {"start_date": "2024-02-01", "end_date": "2024-03-04"}}
    answer = AnalyticsService.query(asked | {"range": span})
    assert answer == ask("query/", asked | wire).json()
    assert AnalyticsService.query() == ask("query/").json()


def test_python_callers_learn_what_is_wrong_and_what_is_not_held(warehouse):
    with pytest.raises(ValidationError, match="limit"):
        AnalyticsService.query({"limit": 0})
    with pytest.raises(ValidationError, match="filters"):
        AnalyticsService.query({"filters": {"eq": {"country": "\ud800"}}})
    with pytest.raises(NotHeld):
        AnalyticsService.query({"dataset": "events", "dimensions": ["category", "name"], "time_zone": "Asia/Kathmandu"})
