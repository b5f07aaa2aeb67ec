"""The queries for Python callers, under the names that published clients import. Dates may be date objects."""

from collections.abc import Mapping
from typing import Any

from analytics import clock
from analytics.warehouse.api import points
from analytics.warehouse.api.serializers import GROUPED, TOP, GroupedFilters, PerformanceFilters, TopFilters, question
from analytics.warehouse.flow.ask import ask
from tally.query import By

Filters = Mapping[str, Any] | None


class AnalyticsService:
    """Queries that each return a list of {"x", "y", "z"}. A wrong filter raises rest_framework's ValidationError, which
    names it."""

    @staticmethod
    def get_grouped_analytics(object_type: str, filters: Filters = None) -> list[points.Point]:
        by = _kind("object_type", object_type, GROUPED)
        return points.grouped(ask(question(GroupedFilters, by, dict(filters or {}), clock.today())).rows)

    get_grouped_analytics_fast = get_grouped_analytics

    @staticmethod
    def get_top_analytics(top_type: str, filters: Filters = None) -> list[points.Point]:
        by = _kind("top_type", top_type, TOP)
        return points.ranked(ask(question(TopFilters, by, dict(filters or {}), clock.today())).rows)

    @staticmethod
    def get_performance_analytics(filters: Filters = None) -> list[points.Point]:
        return points.series(ask(question(PerformanceFilters, By.PERIOD, dict(filters or {}), clock.today())).periods)


def _kind(name: str, given: str, choices: Mapping[str, By]) -> By:
    if given not in choices:
        raise ValueError(f"{name} must be one of: {', '.join(choices)}")
    return choices[given]
