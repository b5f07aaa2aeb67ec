"""Answer errors as JSON: a 4xx that names the field for invalid requests, 503 for a failing database."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import DatabaseError, DataError, InterfaceError
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework.response import Response
from rest_framework.views import exception_handler

from tally.errors import TooManyPeriods

log = logging.getLogger(__name__)
SAFE = ("GET", "HEAD")
NO_DATABASE = "The database cannot answer now. Try again shortly."


def handle_exception(error: Exception, context: dict[str, Any]) -> Response | None:
    response = _response(error, context)
    if response is not None and getattr(context.get("view"), "repeats_status", False):
        response.data = {**response.data, "status_code": response.status_code}
    return response


def _response(error: Exception, context: dict[str, Any]) -> Response | None:
    if isinstance(error, TooManyPeriods):
        return Response({"gaps": [str(error)]}, status=400)
    if isinstance(error, DataError):
        return Response({"non_field_errors": [f"The database cannot store this: {_first_line(error)}"]}, status=400)
    response = exception_handler(error, context)
    if response is not None or not isinstance(error, (DatabaseError, InterfaceError)):
        return response
    log_database_failure(error)
    return Response({"detail": NO_DATABASE}, status=503, headers={"Retry-After": "1"})


def log_database_failure(error: Exception) -> None:
    log.error("The database failed: %s", _first_line(error), exc_info=error)


def _first_line(error: Exception) -> str:
    """Return the first line of the error's message, without the statement that PostgreSQL adds."""
    return str(error).strip().partition("\n")[0]


@csrf_exempt
def not_found(request: HttpRequest, exception: Exception | None = None) -> JsonResponse:
    return JsonResponse({"detail": f"There is nothing at {request.path}"}, status=404)


def safe_only(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Wrap a view so that it answers GET and HEAD, and other methods with 405 in JSON."""

    @csrf_exempt
    @wraps(view)
    def wrapper(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if request.method in SAFE:
            return view(request, *args, **kwargs)
        detail = {"detail": f'Method "{request.method}" not allowed.'}
        return JsonResponse(detail, status=405, headers={"Allow": ", ".join(SAFE)})

    return wrapper


def bad_request(request: HttpRequest, exception: Exception) -> JsonResponse:
    return JsonResponse({"detail": "The request cannot be understood."}, status=400)
