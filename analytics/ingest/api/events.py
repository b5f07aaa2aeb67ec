"""The Eye, the events API: accept events, list events. (`eye` serves the same events in The Eye's other dialect.)"""

from collections.abc import Sequence
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.access.api.api_keys import require_collect_key
from analytics.access.api.permissions import QUERY_AUTHENTICATION, SeesEverySite, TokenOrQueryKey
from analytics.http.fast_view import FastView, json_response, parse_body
from analytics.http.negotiation import JsonOut
from analytics.http.operations import documented
from analytics.http.parsers import JsonOfEvents
from analytics.http.try_again_later import TryAgainLater
from analytics.ingest.api import docs
from analytics.ingest.api.event_intake import EventIntake, InvalidMessage
from analytics.ingest.api.event_lists import Listing, as_json, as_text, error_as_json, page_response
from analytics.ingest.flow import list_events, write
from analytics.ingest.flow.write import InsertResult, Outcome
from analytics.sources.messages.deliveries import QueuedEvent
from analytics.sources.messages.timestamps import as_datetime

MAX_BATCH_EVENTS = 1000
DUPLICATE_MESSAGE = "This event is there already."


class EventList(FastView):
    authentication_classes = QUERY_AUTHENTICATION
    permission_classes = [TokenOrQueryKey, SeesEverySite]
    of_no_site = "Events"
    content_negotiation_class = JsonOut
    repeats_status = True

    @documented(authenticate=require_collect_key, **docs.SEND)
    def post(self, request: HttpRequest) -> HttpResponse:
        intake, sent = EventIntake.of(request), parse_body(request, JsonOfEvents)
        return _store_list(intake, sent) if isinstance(sent, list) else _store_one(intake, sent)

    @documented(**docs.LIST)
    def get(self, request: Request) -> Response:
        return page_response(request, list_events.events, as_json)


class EventDetail(Listing):
    repeats_status = True

    @documented(**docs.DETAIL)
    def get(self, request: Request, id: int) -> Response:
        found = list_events.event(id)
        if found is None:
            raise NotFound("Not found.")
        return Response(as_json(found))


class ErrorList(Listing):
    repeats_status = True

    @documented(**docs.ERRORS)
    def get(self, request: Request) -> Response:
        return page_response(request, list_events.errors, error_as_json)


def _store_one(intake: EventIntake, sent: Any) -> HttpResponse:
    """Store one event and answer with it.

    It is committed before the answer, whether or not there is an inbox, because the answer holds its id.
    """
    try:
        event = intake.accept(sent)
    except InvalidMessage as error:
        _store_rejected(intake)
        return json_response({**error.problems, "status_code": 400}, 400)
    stored = write.store(intake.delivery([event])).events[0]
    match stored.result:
        case InsertResult.NEW:
            return json_response(_event_as_json(stored.id, event), 201)
        case InsertResult.SAME_EVENT_ID:
            if first := list_events.event(stored.id):
                return json_response(as_json(first))
            raise TryAgainLater("The event that has this event_id was erased in this moment.")
        case InsertResult.DUPLICATE:
            return json_response({"non_field_errors": [DUPLICATE_MESSAGE], "id": stored.id, "status_code": 400}, 400)


def _store_list(intake: EventIntake, sent: Sequence[Any]) -> HttpResponse:
    """Store a list of events and answer with the counts and the errors. An invalid event does not stop the others."""
    if len(sent) > MAX_BATCH_EVENTS:
        raise ValidationError({"non_field_errors": [f"{len(sent)} events; {MAX_BATCH_EVENTS} at once are the most."]})
    events, errors = [], []
    for index, each in enumerate(sent):
        try:
            events.append(intake.accept(each))
        except InvalidMessage as error:
            errors.append({"index": index, **error.problems})
    outcome = write.receive(intake.delivery(events))
    return json_response({"size": len(sent), **_counts_and_ids(outcome, events), "errors": errors})


def _counts_and_ids(outcome: Outcome, events: Sequence[QueuedEvent]) -> dict[str, Any]:
    """Return the counts and ids of an answer. For events held in the inbox, the ids are not known yet, nor is which of
    them are duplicates."""
    if outcome.held:
        return {"stored": len(events), "duplicates": 0, "ids": [], "held": True}
    results = [event.result for event in outcome.events]
    new = results.count(InsertResult.NEW)
    return {"stored": new, "duplicates": len(results) - new, "ids": [event.id for event in outcome.events]}


def _store_rejected(intake: EventIntake) -> None:
    if intake.rejected:
        write.receive(intake.delivery([]))


def _event_as_json(id: int, event: QueuedEvent) -> dict[str, Any]:
    return {
        "id": id,
        "session_id": event.session,
        "category": event.category,
        "name": event.name,
        "data": msgspec.Raw(event.data.encode()),
        "timestamp": as_text(as_datetime(event.at)),
    }
