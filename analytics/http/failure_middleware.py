"""Answer failures outside the REST framework: in the admin, on the dashboard, and in Django's own middleware.

Pages get a short page, everything else gets JSON.
"""

import sys
from collections.abc import Callable
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import unquote_plus

from django.db import DatabaseError, DataError, IntegrityError, InterfaceError, ProgrammingError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.html import format_html
from rest_framework.exceptions import Throttled

from analytics.http.api_errors import NO_DATABASE, log_database_failure
from analytics.http.try_again_later import TryAgainLater

PAGES = ("/admin", "/dashboard")
NUL_IN_QUERY = "The address holds a null character."
UNFIT_VALUE = ("NUL (0x00) characters", "expected a number but got", "too large to convert")
"""Parts of the messages with which the drivers and Django refuse a value that no column can hold. The admin looks for
whatever it is sent."""
PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title}</title></head>
<body><main><h1>{title}</h1><p>{detail}</p><p><a href="{path}">Try again</a></p></main></body>
</html>
"""


class Failure(NamedTuple):
    status: int
    detail: str
    wait: int | None = None


class FailureMiddleware:
    """Answers the exceptions of views for which trying again, or another address, helps. The other ones are errors of
    this service, which Django logs and answers with 500."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        _drop_cookies_with_nul(request)
        if is_page(request):
            _drop_key(request)
        if is_page(request) and "%00" in request.META.get("QUERY_STRING", ""):
            return respond(request, Failure(400, NUL_IN_QUERY))
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        failure = failure_of(error)
        return failure and respond(request, failure)


def failure_of(error: BaseException | None) -> Failure | None:
    """Return the answer to an exception, or None for an error of this service."""
    match error:
        case Throttled():
            return Failure(error.status_code, str(error.detail), int(getattr(error, "wait", None) or 1))
        case TryAgainLater():
            return Failure(503, str(error), 1)
        case DataError():
            return Failure(400, "The database cannot store or find this.")
        case IntegrityError() | ProgrammingError():
            return None
        case DatabaseError() | InterfaceError():
            log_database_failure(error)
            return Failure(503, NO_DATABASE, 1)
        case ValueError() | OverflowError() if any(part in str(error) for part in UNFIT_VALUE):
            return Failure(400, "The request holds a value that cannot be looked for.")
    return None


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer an exception that reached Django: of a view, or of a middleware, as when the session cannot be stored."""
    error = sys.exc_info()[1]
    return respond(request, failure_of(error) or Failure(500, "Something failed here; it has been logged."))


def is_page(request: HttpRequest) -> bool:
    return request.path_info.startswith(PAGES)


def respond(request: HttpRequest, failure: Failure) -> HttpResponse:
    response: HttpResponse
    if is_page(request):
        title = HTTPStatus(failure.status).phrase
        response = HttpResponse(format_html(PAGE, title=title, detail=failure.detail, path=request.path))
        response.status_code = failure.status
    else:
        response = JsonResponse({"detail": failure.detail}, status=failure.status)
    if failure.wait is not None:
        response["Retry-After"] = str(failure.wait)
    return response


def _drop_key(request: HttpRequest) -> None:
    """Remove `apikey` from the query of a page. No page takes a key, and a page's links and its redirect to the login
    repeat the query."""
    pairs = request.META.get("QUERY_STRING", "").split("&")
    kept = [pair for pair in pairs if not unquote_plus(pair.partition("=")[0]).lower().endswith("apikey")]
    request.META["QUERY_STRING"] = "&".join(kept)


def _drop_cookies_with_nul(request: HttpRequest) -> None:
    """Ignore cookies that hold a NUL, which arrives as an octal escape: no cookie of ours does, and no database can
    look for one."""
    if any("\0" in value for value in request.COOKIES.values()):
        request.COOKIES = {name: value for name, value in request.COOKIES.items() if "\0" not in value}
