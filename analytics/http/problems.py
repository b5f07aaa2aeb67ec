"""Problem details (RFC 9457): errors in the form that clients may ask for, `application/problem+json`."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest
from rest_framework.response import Response

from analytics.http.negotiation import names_type

PROBLEM_JSON = "application/problem+json"
NO_TYPE = "about:blank"
"""The type of a problem that means no more than its status."""
MAX_NAMED_FIELDS = 10
"""The most fields that the detail of a problem names; `errors` has all."""


def as_problem(request: HttpRequest, response: Response) -> Response:
    """Return an error as problem details if the client names their media type in Accept, else as it is."""
    if names_type(request, PROBLEM_JSON):
        response.data = problem(response.status_code, response.data)
        response.content_type = PROBLEM_JSON
    return response


def problem(status: int, error: Any) -> dict[str, Any]:
    """Return the problem details of an error in our own form: an object with `detail`, or one that names the wrong
    fields.

    >>> problem(400, {"limit": ["A valid integer is required."]})["detail"]
    'limit: A valid integer is required.'
    """
    own = error if isinstance(error, Mapping) else {"non_field_errors": error}
    base = {"type": NO_TYPE, "title": HTTPStatus(status).phrase, "status": status}
    if isinstance(own.get("detail"), str):
        return {**own, **base}
    named = [f"{field}: {_first_text(reasons)}" for field, reasons in own.items()][:MAX_NAMED_FIELDS]
    return {**base, "detail": " ".join(named), "errors": dict(own)}


def _first_text(reasons: Any) -> str:
    """Return the first reason of a list, or of an object of lists, which is prefixed by its name."""
    match reasons:
        case Mapping():
            return ", ".join(f"{name}: {_first_text(inner)}" for name, inner in list(reasons.items())[:1])
        case [first, *_]:
            return _first_text(first)
    return str(reasons)
