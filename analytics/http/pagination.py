"""Answer with slices of lists: {count, next, previous, results}. The links keep the other query parameters,
but not the key."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.utils.urls import remove_query_param, replace_query_param

PAGE_SIZE = api_settings.PAGE_SIZE or 10
MAX_PAGE_SIZE = 100
BY_PAGE, BY_OFFSET = ("page", "page_size"), ("limit", "offset")
MAX_OFFSET = 2**31


class PageParams(serializers.Serializer[None]):
    """The query parameters that select a slice of a list: by `page` and `page_size`, or by `limit` and `offset`."""

    page = serializers.IntegerField(
        required=False, min_value=1, max_value=MAX_OFFSET // MAX_PAGE_SIZE, help_text="which page; the first is 1"
    )
    page_size = serializers.IntegerField(
        required=False, min_value=1, max_value=MAX_PAGE_SIZE, help_text=f"how many on a page; {PAGE_SIZE} unless given"
    )
    limit = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=MAX_PAGE_SIZE,
        help_text=f"how many; {PAGE_SIZE} unless given; 0 is {MAX_PAGE_SIZE}",
    )
    offset = serializers.IntegerField(required=False, min_value=0, max_value=MAX_OFFSET, help_text="from which on")

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        pages, slices = ([name for name in names if name in given] for names in (BY_PAGE, BY_OFFSET))
        if pages and slices:
            raise serializers.ValidationError({pages[0]: [f"Does not go with {slices[0]}."]})
        return given


class PageBounds(NamedTuple):
    """Which slice of a list is asked for, and by which parameters."""

    start: int
    size: int
    by_page: bool = False


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
    if any(name in given for name in BY_PAGE):
        size = given.get("page_size", PAGE_SIZE)
        return PageBounds((given.get("page", 1) - 1) * size, size, by_page=True)
    return PageBounds(given.get("offset", 0), given.get("limit", PAGE_SIZE) or MAX_PAGE_SIZE)


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
    return _link(request, bounds._replace(start=end)) if end < count else None


def _previous(request: Request, bounds: PageBounds) -> str | None:
    if not bounds.start:
        return None
    return _link(request, bounds._replace(start=max(bounds.start - bounds.size, 0)))


def _link(request: Request, bounds: PageBounds) -> str:
    url, start = remove_query_param(request.build_absolute_uri(), "apikey"), bounds.start
    if bounds.by_page:
        return replace_query_param(url, "page", start // bounds.size + 1)
    url = replace_query_param(url, "limit", bounds.size)
    return replace_query_param(url, "offset", start) if start else remove_query_param(url, "offset")
