"""The second published dialect of the events API: `/eye`, `/report` and the counts, over the same events as `/events/`.

Published clients expect its texts as they are, "This are all the activities : " included.
"""

from collections.abc import Iterator
from io import BytesIO
from tempfile import TemporaryFile
from typing import IO, Any

import msgspec
from django.http import FileResponse, HttpRequest, HttpResponse
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.access.api.api_keys import require_collect_key
from analytics.http.fast_view import FastView, json_response, parse_body
from analytics.http.operations import documented
from analytics.http.pagination import whole_number
from analytics.http.parsers import JsonOfEvents
from analytics.ingest.api import docs
from analytics.ingest.api.event_intake import FUTURE, EventIntake, InvalidMessage
from analytics.ingest.api.event_lists import Listing, as_json, read_moment
from analytics.ingest.flow import list_events, write
from analytics.ingest.flow.list_events import EventFilter
from analytics.models import Event

THANKS = "We got your data, thank you"
MISSING = "Missing required info"
ALL_EVENTS = "This are all the activities : "
COUNTS_BY = "This are counts by "
NOTHING: dict[str, list[Any]] = {"Nothing found": []}
REQUIRED = "This field is required."
NAMES = ("session_id", "category", "name")
MAX_COUNTS = 100_000
MAX_ID = 2**62
SPOOLED_BYTES = 1_000_000
"""The bytes of a report that are kept in memory; a longer one is in a file."""


class Eye(FastView):
    @documented(authenticate=require_collect_key, **docs.EYE)
    def post(self, request: HttpRequest) -> HttpResponse:
        intake = EventIntake.of(request)
        try:
            event = intake.accept(parse_body(request, JsonOfEvents))
        except InvalidMessage as error:
            if intake.rejected:
                write.receive(intake.delivery([]))
            return json_response(_refusal_text(error), 400)
        write.receive(intake.delivery([event]))
        return json_response(THANKS)


def _refusal_text(error: InvalidMessage) -> str:
    missing = [name for name, problems in error.problems.items() if REQUIRED in problems]
    if missing:
        return f"{MISSING}: {', '.join(missing)}"
    if [FUTURE] in error.problems.values():
        return FUTURE
    return "; ".join(f"{name}: {' '.join(problems)}" for name, problems in error.problems.items())


class ReportAll(Listing):
    @documented(**docs.REPORT_ALL)
    def get(self, request: Request) -> FileResponse:
        params = request.query_params
        limit = whole_number(params, "limit", 1, MAX_ID) if "limit" in params else None
        events = list_events.in_order_of_arrival(
            EventFilter(), after=whole_number(params, "after", 0, MAX_ID, least=0), limit=limit
        )
        return _whole(ALL_EVENTS, events)


class Report(Listing):
    @documented(**docs.REPORT)
    def post(self, request: Request) -> Response | FileResponse:
        filters, description = _report_filters(request.data)
        events = list_events.in_order_of_arrival(filters, after=0, limit=None)
        first = next(events, None)
        if first is None:
            return Response(NOTHING)
        return _whole(f"The report you requested - {description} : ", _prepend(first, events))


def _report_filters(given: Any) -> tuple[EventFilter, str]:
    """Return the filters of a report and their description in the answer; raise ValidationError by field."""
    if not isinstance(given, dict) or not given:
        raise ValidationError({"non_field_errors": [f"Ask for one or more of: {', '.join((*NAMES, 'timestamp'))}."]})
    if unknown := sorted(set(given) - {*NAMES, "timestamp"}):
        raise ValidationError({name[:100]: ["Unknown field."] for name in unknown[:10]})
    for name in NAMES:
        if name in given and (not isinstance(given[name], str) or "\0" in given[name]):
            raise ValidationError({name: ["Not a valid string."]})
    since, until = _interval(given["timestamp"]) if "timestamp" in given else (None, None)
    filters = EventFilter(**{name: given.get(name) for name in NAMES}, since=since, until=until)
    return filters, ", ".join(f"{name} of value {_value_text(value)}" for name, value in given.items())


def _interval(given: Any) -> tuple[Any, Any]:
    if not isinstance(given, list) or len(given) != 2:
        raise ValidationError({"timestamp": ["Must be a list of two times: start and end, both included."]})
    start, end = (read_moment(each, "timestamp") for each in given)
    if end < start:
        raise ValidationError({"timestamp": ["The end lies before the start."]})
    return start, end


def _value_text(value: Any) -> str:
    return f"{value[0]} to {value[1]}" if isinstance(value, list) else value


class EventCounts(Listing):
    @documented(**docs.COUNTS)
    def get(self, request: Request, by: str) -> Response:
        limit = whole_number(request.query_params, "limit", 1000, MAX_COUNTS)
        return Response({f"{COUNTS_BY}{by}": list_events.counts(by, limit)})


def _prepend(first: Event, rest: Iterator[Event]) -> Iterator[Event]:
    yield first
    yield from rest


def _whole(key: str, events: Iterator[Event]) -> FileResponse:
    """Return a report that is complete before its first byte is sent, and states its length.

    WSGI servers end a stream that fails in the same way as one that is done (Granian 2.8 sends the last chunk), so a
    report that the database cuts off would look whole. A long one is kept in a temporary file.
    """
    file: IO[bytes] = BytesIO()
    try:
        for chunk in _chunks(key, events):
            if isinstance(file, BytesIO) and file.tell() > SPOOLED_BYTES:
                file = _moved_to_disk(file)
            file.write(chunk)
        file.seek(0)
        return FileResponse(file, content_type="application/json")
    except BaseException:
        file.close()
        raise


def _moved_to_disk(memory: BytesIO) -> IO[bytes]:
    file = TemporaryFile()  # noqa: SIM115 - the response closes it
    file.write(memory.getbuffer())
    return file


def _chunks(key: str, events: Iterator[Event]) -> Iterator[bytes]:
    yield b"{" + msgspec.json.encode(key) + b":["
    for number, event in enumerate(events):
        yield (b"," if number else b"") + msgspec.json.encode(as_json(event))
    yield b"]}"
