"""The endpoints of the questions: three about views, one about events."""

import time

from django.http import HttpRequest, HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics import clock, metrics
from analytics.access.api.permissions import QUERY_AUTHENTICATION, TokenOrQueryKey
from analytics.datasets import EVENTS
from analytics.http.negotiation import JsonOut
from analytics.http.operations import documented
from analytics.warehouse.api import docs, points
from analytics.warehouse.api.event_serializers import EventFilters
from analytics.warehouse.api.serializers import GROUPED, TOP, GroupedFilters, PerformanceFilters, TopFilters, question
from analytics.warehouse.flow.ask import Answer, ask
from tally.query import By


class Question(APIView):
    authentication_classes = QUERY_AUTHENTICATION
    permission_classes = [TokenOrQueryKey]
    content_negotiation_class = JsonOut

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        started = time.perf_counter()
        response = super().dispatch(request, *args, **kwargs)
        metrics.timing("query.duration_ms", (time.perf_counter() - started) * 1000)
        metrics.count(f"query.status_{response.status_code}", 1)
        return response


class GroupedView(Question):
    @documented(**docs.GROUPED)
    def post(self, request: Request, object_type: str) -> Response:
        if object_type not in GROUPED:
            return Response({"error": f"object_type must be one of: {', '.join(GROUPED)}"}, status=400)
        answer = ask(question(GroupedFilters, GROUPED[object_type], request.data, clock.today()))
        return to_response(points.grouped(answer.rows), answer)


class TopView(Question):
    @documented(**docs.TOP)
    def post(self, request: Request, top_type: str) -> Response:
        if top_type not in TOP:
            return Response({"error": f"top_type must be one of: {', '.join(TOP)}"}, status=400)
        answer = ask(question(TopFilters, TOP[top_type], request.data, clock.today()))
        return to_response(points.ranked(answer.rows), answer)


class PerformanceView(Question):
    @documented(**docs.PERFORMANCE)
    def post(self, request: Request) -> Response:
        answer = ask(question(PerformanceFilters, By.PERIOD, request.data, clock.today()))
        return to_response(points.series(answer.periods), answer)


class EventsView(Question):
    @documented(**docs.EVENTS)
    def post(self, request: Request) -> Response:
        asked = question(EventFilters, None, request.data, clock.today())
        answer = ask(asked, EVENTS)
        shown = points.series(answer.periods, "sessions") if asked.by is By.PERIOD else points.grouped(answer.rows)
        return to_response(shown, answer)


def to_response(shown: list[points.Point], answer: Answer) -> Response:
    fresh = answer.freshness
    headers = {
        "X-Summaries-As-Of": fresh.as_of.isoformat() if fresh.as_of else "never",
        "X-Pending-Days": str(fresh.pending),
        "X-Distinct": answer.distinct,
    }
    return Response(shown, headers=headers)
