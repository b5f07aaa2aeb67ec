"""Answer with slices of lists: {count, next, previous, results}. The links keep the other query parameters,
but not the key."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

MAX_PAGE_SIZE = 100
MAX_OFFSET = 2**31


class PageParams(serializers.Serializer[None]):
    """The query parameters that select a slice of a list."""

    limit = serializers.IntegerField(
        required=False,
        default=MAX_PAGE_SIZE,
        min_value=0,
        max_value=MAX_PAGE_SIZE,
        help_text=f"how many; 0 is {MAX_PAGE_SIZE}",
    )
    offset = serializers.IntegerField(
        required=False, default=0, min_value=0, max_value=MAX_OFFSET, help_text="from which on"
    )


class PageBounds(NamedTuple):
    start: int
    size: int


def whole_number(params: Mapping[str, str], name: str, default: int, most: int, least: int = 1) -> int:
    """Return a whole number of the query string, or raise a ValidationError that names the parameter."""
    text = params.get(name, str(default))
    if not text.isascii() or not text.isdecimal() or len(text) > 20 or not least <= int(text) <= most:
        raise ValidationError({name: [f"Must be a whole number from {least} to {most}."]})
    return int(text)


def page_params(kind: type[PageParams], request: Request) -> dict[str, Any]:
    """Return the validated query parameters; raise rest_framework's ValidationError, which names the field."""
    query = kind(data=request.query_params.dict())
    query.is_valid(raise_exception=True)
    given: dict[str, Any] = query.validated_data
    return given


def to_bounds(given: dict[str, Any]) -> PageBounds:
    return PageBounds(given["offset"], given["limit"] or MAX_PAGE_SIZE)


def slice_response(request: Request, bounds: PageBounds, count: int, results: Sequence[Any]) -> Response:
    return Response(
        {
            "count": count,
            "next": _next(request, bounds, count),
            "previous": _previous(request, bounds),
            "results": results,
        }
    )


def list_response(
    request: Request, bounds: PageBounds, items: Sequence[Any], as_json: Callable[[Any], Any]
) -> Response:
    """Answer with a slice of a list that is completely in memory."""
    some = items[bounds.start : bounds.start + bounds.size]
    return slice_response(request, bounds, len(items), [as_json(each) for each in some])


def _next(request: Request, bounds: PageBounds, count: int) -> str | None:
    end = bounds.start + bounds.size
    return _link(request, end, bounds.size) if end < count else None


def _previous(request: Request, bounds: PageBounds) -> str | None:
    if not bounds.start:
        return None
    return _link(request, max(bounds.start - bounds.size, 0), bounds.size)


def _link(request: Request, start: int, size: int) -> str:
    url = replace_query_param(remove_query_param(request.build_absolute_uri(), "apikey"), "limit", size)
    return replace_query_param(url, "offset", start) if start else remove_query_param(url, "offset")
