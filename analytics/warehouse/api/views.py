"""The endpoints of the questions: one that takes any question, and four that take one kind each."""

import time
from collections.abc import Callable
from datetime import date

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from rest_framework.exceptions import APIException, PermissionDenied, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics import clock, conf, metrics
from analytics.access.api.permissions import QUESTION_AUTHENTICATION, TokenOrQueryKey
from analytics.access.api.readers import NO_SITE, Reader, reader_of
from analytics.datasets import EVENTS, VIEWS, Dataset
from analytics.http.negotiation import JsonOut
from analytics.http.operations import documented
from analytics.http.parsers import JsonOfDistinctNames
from analytics.http.plain_requests import plain_request
from analytics.http.problems import as_problem
from analytics.http.try_again_later import TryAgainLater
from analytics.warehouse.api import docs, formats, points, query_docs
from analytics.warehouse.api.event_serializers import EventFilters
from analytics.warehouse.api.question import question_of
from analytics.warehouse.api.restriction import condition_of
from analytics.warehouse.api.serializers import GROUPED, TOP, GroupedFilters, PerformanceFilters, TopFilters, question
from analytics.warehouse.flow.answer_question import answer_question
from analytics.warehouse.flow.ask import Answer, ask
from analytics.warehouse.flow.restrict import restricted
from tally.errors import BadQuestion, BadSpan, TooManyPeriods
from tally.query import By, Query
from tally.question import NotHeld, Question, Result

REFUSALS = (APIException, BadQuestion, BadSpan, DatabaseError, InterfaceError, NotHeld, TooManyPeriods, TryAgainLater)
"""What the exception handler of the REST framework answers with an error."""


class QuestionView(APIView):
    """A view that answers questions, all of them by `ask` or `answer`: these restrict a question to what its reader may
    see."""

    authentication_classes = QUESTION_AUTHENTICATION
    permission_classes = [TokenOrQueryKey]
    content_negotiation_class = JsonOut
    reader: Reader
    post: Callable[..., HttpResponseBase]
    _refusal: Exception | None = None

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        super().initial(request, *args, **kwargs)
        if self._refusal is not None:
            raise self._refusal
        self.reader = reader_of(request)

    def ask(self, query: Query, dataset: Dataset = VIEWS) -> Answer:
        self._require_visible(dataset.name)
        return ask(restricted(query, condition_of(self.reader)), dataset)

    def answer(self, asked: Question, today: date) -> Result:
        self._require_visible(asked.dataset)
        return answer_question(restricted(asked, condition_of(self.reader)), today)

    def _require_visible(self, dataset: str) -> None:
        if dataset == EVENTS.name and not self.reader.sees_everything:
            raise PermissionDenied(f"Events {NO_SITE}")

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        started = time.perf_counter()
        response = self._answer_at_once(request, **kwargs) or super().dispatch(request, *args, **kwargs)
        metrics.timing("query.duration_ms", (time.perf_counter() - started) * 1000)
        metrics.count(f"query.status_{response.status_code}", 1)
        return response

    def _answer_at_once(self, request: HttpRequest, **kwargs: object) -> HttpResponseBase | None:
        """Return the answer to a request that is right in everything, without DRF's own steps. Return None for any
        other one: DRF then takes it from its beginning, and refuses it."""
        try:
            asked = plain_request(request, self.get_authenticators(), self.parser_classes[0])
            if asked is None or not all(each.has_permission(asked, self) for each in self.get_permissions()):
                return None
            self.reader = reader_of(asked)
        except REFUSALS:
            return None
        try:
            response = self.post(asked, **kwargs)
        except REFUSALS as refusal:
            self._refusal = refusal  # what is refused only after work is not worked out again
            return None
        if response.status_code != 200:
            return None
        for name, value in self.default_response_headers.items():
            response[name] = value
        return response

    def handle_exception(self, exc: Exception) -> Response:
        """Answer a question that the summaries do not hold with 422, and other errors as elsewhere."""
        if isinstance(exc, NotHeld):
            return not_held(exc)
        return super().handle_exception(exc)


class GroupedView(QuestionView):
    @documented(**docs.GROUPED)
    def post(self, request: Request, object_type: str) -> HttpResponse | Response:
        if object_type not in GROUPED:
            return Response({"error": f"object_type must be one of: {', '.join(GROUPED)}"}, status=400)
        answer = self.ask(
            question(GroupedFilters, GROUPED[object_type], request.data, clock.today_in(conf.first_zone()))
        )
        return to_response(points.grouped(answer.rows), answer)


class TopView(QuestionView):
    @documented(**docs.TOP)
    def post(self, request: Request, top_type: str) -> HttpResponse | Response:
        if top_type not in TOP:
            return Response({"error": f"top_type must be one of: {', '.join(TOP)}"}, status=400)
        answer = self.ask(question(TopFilters, TOP[top_type], request.data, clock.today_in(conf.first_zone())))
        return to_response(points.ranked(answer.rows), answer)


class PerformanceView(QuestionView):
    @documented(**docs.PERFORMANCE)
    def post(self, request: Request) -> HttpResponse:
        answer = self.ask(question(PerformanceFilters, By.PERIOD, request.data, clock.today_in(conf.first_zone())))
        return to_response(points.series(answer.periods), answer)


class EventsView(QuestionView):
    @documented(**docs.EVENTS)
    def post(self, request: Request) -> HttpResponse:
        asked = question(EventFilters, None, request.data, clock.today_in(conf.first_zone()))
        answer = self.ask(asked, EVENTS)
        shown = points.series(answer.periods, "sessions") if asked.by is By.PERIOD else points.grouped(answer.rows)
        return to_response(shown, answer)


class QueryView(QuestionView):
    """Any question of the query language. Errors are problem details for clients that ask for these."""

    parser_classes = [JsonOfDistinctNames]

    @documented(**query_docs.QUERY)
    def post(self, request: Request) -> HttpResponse:
        asked = question_of(request.data, clock.today_in)
        try:
            result = self.answer(asked, clock.today_in(asked.time_zone))
        except (BadQuestion, BadSpan) as error:
            raise ValidationError({"non_field_errors": [str(error)]}) from error
        return formats.to_response(request, asked, result)

    def handle_exception(self, exc: Exception) -> Response:
        return as_problem(self.request, super().handle_exception(exc))


def not_held(refusal: NotHeld) -> Response:
    body = {"detail": str(refusal), "reason": refusal.reason, "remedy": refusal.remedy, "declare": refusal.declare}
    return Response(body, status=422)


def to_response(shown: list[points.Point], answer: Answer) -> HttpResponse:
    fresh = answer.freshness
    headers = {
        "X-Summaries-As-Of": fresh.as_of.isoformat() if fresh.as_of else "never",
        "X-Pending-Days": str(fresh.pending),
        "X-Distinct": answer.distinct,
        "X-Time-Zone": conf.first_zone(),
    }
    return HttpResponse(JSONRenderer().render(shown), formats.JSON, headers=headers)
