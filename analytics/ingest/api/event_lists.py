"""Answer with pages of events and error records, filtered by the query string."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypedDict
from urllib.parse import urlencode

from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics.access.api.permissions import QUERY_AUTHENTICATION, SeesEverySite, TokenOrQueryKey
from analytics.http.fields import parse_moment
from analytics.http.negotiation import JsonOut
from analytics.http.pagination import PAGE_SIZE, whole_number
from analytics.ingest.flow.list_events import EventFilter, ListSlice
from analytics.models import ErrorRecord, Event

MAX_PAGE_SIZE = 1000
ORDERS = {"timestamp": True, "-timestamp": False}
"""The values of the parameter `ordering`, and whether each lists the oldest first."""
MAX_PAGE_NUMBER = 2**62


class Listing(APIView):
    authentication_classes = QUERY_AUTHENTICATION
    permission_classes = [TokenOrQueryKey, SeesEverySite]
    of_no_site = "Events"
    content_negotiation_class = JsonOut


class PageQuery(TypedDict):
    oldest_first: bool
    start: int
    size: int


def page_response(
    request: Request, find: Callable[..., ListSlice], as_json: Callable[[Any], dict[str, Any]]
) -> Response:
    """Return {count, next, previous, results} for the page that the query asks for.

    Raise ValidationError, answered with 400, which names an invalid parameter; raise NotFound for a page past the end.
    """
    params = request.query_params
    number = whole_number(params, "page", 1, MAX_PAGE_NUMBER)
    size = whole_number(params, "page_size", PAGE_SIZE, MAX_PAGE_SIZE)
    query = PageQuery(oldest_first=_ordering(params), start=(number - 1) * size, size=size)
    page = find(read_filters(params), **query)
    if number > 1 and query["start"] >= page.count:
        raise NotFound("Invalid page.")
    return Response(
        {
            "count": page.count,
            "next": _link(request, number + 1) if query["start"] + size < page.count else None,
            "previous": _link(request, number - 1) if number > 1 else None,
            "results": [as_json(each) for each in page.items],
        }
    )


def read_filters(params: Mapping[str, str]) -> EventFilter:
    return EventFilter(
        session_id=_text(params, "session_id"),
        category=_text(params, "category"),
        name=_text(params, "name"),
        since=_moment(params, "timestamp_after"),
        until=_moment(params, "timestamp_before"),
    )


def _text(params: Mapping[str, str], name: str) -> str | None:
    text = params.get(name)
    if text and "\0" in text:
        raise ValidationError({name: ["Null characters are not allowed."]})
    return text


def _moment(params: Mapping[str, str], name: str) -> datetime | None:
    return read_moment(params[name], name) if params.get(name) else None


def read_moment(text: Any, name: str) -> datetime:
    try:
        return parse_moment(text)
    except ValueError as error:
        raise ValidationError({name: [str(error)]}) from error


def _ordering(params: Mapping[str, str]) -> bool:
    ordering = params.get("ordering", "-timestamp")
    if ordering not in ORDERS:
        raise ValidationError({"ordering": [f"Must be one of: {', '.join(ORDERS)}."]})
    return ORDERS[ordering]


def _link(request: Request, number: int) -> str:
    params = [(name, value) for name, value in request.query_params.items() if name not in ("page", "apikey")]
    return request.build_absolute_uri(f"{request.path}?{urlencode([*params, ('page', number)])}")


def as_json(event: Event) -> dict[str, Any]:
    return {
        "id": event.pk,
        "session_id": event.session.name,
        "category": event.kind.category,
        "name": event.kind.name,
        "data": event.data,
        "timestamp": as_text(event.timestamp),
    }


def error_as_json(record: ErrorRecord) -> dict[str, Any]:
    return {
        "id": record.pk,
        "session_id": record.session_id,
        "category": record.category,
        "name": record.name,
        "timestamp": as_text(record.timestamp),
        "payload": record.payload,
        "field": record.field,
        "reason": record.reason,
        "application": record.application.name if record.application else None,
        "recorded_at": as_text(record.recorded_at),
    }


def as_text(moment: datetime) -> str:
    """Return a time in ISO 8601, in UTC with a Z.

    >>> as_text(datetime(2021, 1, 1, 9, 15, tzinfo=UTC))
    '2021-01-01T09:15:00Z'
    """
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
