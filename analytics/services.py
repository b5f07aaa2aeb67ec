"""The queries for Python callers, under the names that published clients import. Dates may be date objects."""

from collections.abc import Collection, Mapping
from typing import Any

from analytics import clock, conf
from analytics.warehouse.api import points, results
from analytics.warehouse.api.question import question_of
from analytics.warehouse.api.restriction import sites_condition
from analytics.warehouse.api.serializers import (
    GROUPED,
    TOP,
    GroupedFilters,
    PerformanceFilters,
    TopFilters,
    ViewFilters,
    question,
)
from analytics.warehouse.flow.answer_question import answer_question
from analytics.warehouse.flow.ask import Answer, ask
from analytics.warehouse.flow.restrict import restricted
from tally.query import By

Filters = Mapping[str, Any] | None
Sites = Collection[str] | None


class AnalyticsService:
    """Queries that each return a list of {"x", "y", "z"}, and `query`, which takes any question. A wrong field raises
    rest_framework's ValidationError, which names it.

    They count every site, unless `sites` names the hosts whose blogs alone count.
    """

    @staticmethod
    def get_grouped_analytics(object_type: str, filters: Filters = None, *, sites: Sites = None) -> list[points.Point]:
        by = _kind("object_type", object_type, GROUPED)
        return points.grouped(_ask(GroupedFilters, by, filters, sites).rows)

    get_grouped_analytics_fast = get_grouped_analytics

    @staticmethod
    def get_top_analytics(top_type: str, filters: Filters = None, *, sites: Sites = None) -> list[points.Point]:
        by = _kind("top_type", top_type, TOP)
        return points.ranked(_ask(TopFilters, by, filters, sites).rows)

    @staticmethod
    def get_performance_analytics(filters: Filters = None, *, sites: Sites = None) -> list[points.Point]:
        return points.series(_ask(PerformanceFilters, By.PERIOD, filters, sites).periods)

    @staticmethod
    def query(question: Filters = None, *, sites: Sites = None) -> dict[str, Any]:
        """Return what `POST /api/analytics/query/` answers to the same words. If the summaries do not hold the answer,
        which is a 422 there, raise tally's NotHeld."""
        asked = question_of(dict(question or {}), clock.today_in)
        allowed = restricted(asked, sites_condition(sites))
        return results.to_json(asked, answer_question(allowed, clock.today_in(asked.time_zone)))


def _ask(kind: type[ViewFilters], by: By, filters: Filters, sites: Sites) -> Answer:
    asked = question(kind, by, dict(filters or {}), clock.today_in(conf.first_zone()))
    return ask(restricted(asked, sites_condition(sites)))


def _kind(name: str, given: str, choices: Mapping[str, By]) -> By:
    if given not in choices:
        raise ValueError(f"{name} must be one of: {', '.join(choices)}")
    return choices[given]
