"""Give each request an id, which its log lines and its answer carry, and log the request if that is switched on."""

import logging
import re
import time
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.utils.encoding import escape_uri_path

from analytics import conf, logs

log = logging.getLogger("ideeza.access")
SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class RequestLogMiddleware:
    """Takes the id from X-Request-ID, where a proxy put one, and answers with it. Logs the path without the token of a
    shared view, and never the query, which may hold a key."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started, id = time.perf_counter(), _id_of(request)
        logs.request_id.set(id)
        response = self._get_response(request)
        response["X-Request-ID"] = id
        if conf.access_log():
            _log(request, response.status_code, time.perf_counter() - started)
        return response


def _id_of(request: HttpRequest) -> str:
    given = request.META.get("HTTP_X_REQUEST_ID", "")
    return given if SANE_ID.fullmatch(given) else uuid.uuid4().hex


def _log(request: HttpRequest, status: int, seconds: float) -> None:
    path, milliseconds = logs.without_secrets(escape_uri_path(request.path)), round(seconds * 1000, 1)
    fields = {"method": request.method, "path": path, "status": status, "milliseconds": milliseconds}
    log.info("%s %s %d %.1f ms", *fields.values(), extra={"fields": fields})
