"""Let pages of other sites send and read: which requests a browser may make for a page of another origin (CORS).

Any page may send to the collectors; a key may be bound to its own sites. Only pages of the origins that are declared
may read. Cookies are never part of it: a page shows a key or a token.
"""

import re
from urllib.parse import SplitResult

from corsheaders.middleware import ACCESS_CONTROL_ALLOW_ORIGIN, CorsMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from analytics import conf

SENDING = re.compile(r"/(events|eye|api/collect|api/visits|api/analytics/views)/?")
TRACKER = re.compile(r"/tracker\.js/?")
READING = re.compile(
    r"/(events(/errors|/\d+)?|report(/all)?|(report/)?(session|category|name)/count|count/(session|category|name)"
    r"|api/analytics/(?!views/?$).+|api/pagediffs|api/v1\.0/(increasing)?concurrents|/*live/.+)/?"
)
ANY_ORIGIN = "*"


class CorsByUse(CorsMiddleware):
    """Decides by what a request is for, and leaves preflight requests and headers to django-cors-headers."""

    def is_enabled(self, request: HttpRequest) -> bool:
        return _is_sending(request) or (_is_reading(request) and bool(conf.cors_origins()))

    def origin_found_in_white_lists(self, origin: str, url: SplitResult) -> bool:
        return origin in conf.cors_origins()

    def check_signal(self, request: HttpRequest) -> bool:
        """Return whether pages of any origin may make this request."""
        return _is_sending(request) or ANY_ORIGIN in conf.cors_origins()

    def add_response_headers(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        super().add_response_headers(request, response)
        if ACCESS_CONTROL_ALLOW_ORIGIN in response and self.check_signal(request):
            response[ACCESS_CONTROL_ALLOW_ORIGIN] = ANY_ORIGIN
        return response


def _is_sending(request: HttpRequest) -> bool:
    pattern = SENDING if _method(request) == "POST" else TRACKER
    return bool(pattern.fullmatch(request.path_info))


def _is_reading(request: HttpRequest) -> bool:
    return bool(READING.fullmatch(request.path_info)) and not _is_sending(request)


def _method(request: HttpRequest) -> str | None:
    """Return the method of the request; of a preflight request, that of the request that follows."""
    return request.headers.get("Access-Control-Request-Method") if request.method == "OPTIONS" else request.method
