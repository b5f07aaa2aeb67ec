"""Give requests whose body has no length one, so that no view takes such a body for an empty one."""

from collections.abc import Callable
from io import BytesIO

from django.http import HttpRequest, HttpResponse, JsonResponse

from analytics.http.parsers import MAX_BODY_BYTES, TooLarge

METHODS = ("POST", "PUT", "PATCH", "DELETE")


class BodyLength:
    """Middleware that reads a body sent without Content-Length: in chunks (HTTP/1.1) or as a stream (HTTP/2).

    WSGI gives such a body only if the server marks its end (`wsgi.input_terminated`, as Granian does); behind another
    server the answer is 411. At most one byte more than the largest body is read, so a larger one is refused as usual.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in METHODS and _has_no_length(request):
            if not _read(request):
                detail = "Send the body with a Content-Length."
                return JsonResponse({"detail": detail, "code": "length_required"}, status=411)
            if len(request.body) > MAX_BODY_BYTES:
                return JsonResponse({"detail": TooLarge.default_detail, "code": TooLarge.default_code}, status=413)
        return self.get_response(request)


def _has_no_length(request: HttpRequest) -> bool:
    return "HTTP_TRANSFER_ENCODING" in request.META or not request.META.get("CONTENT_LENGTH")


def _read(request: HttpRequest) -> bool:
    """Read the body and set its length. Return whether the server can give a body without a length."""
    environ = getattr(request, "environ", None)
    if environ is not None and environ.get("wsgi.input_terminated"):
        request._stream = BytesIO(environ["wsgi.input"].read(MAX_BODY_BYTES + 1))  # Django reads from this attribute
    elif environ is not None and "HTTP_TRANSFER_ENCODING" in request.META:
        return False
    request.META["CONTENT_LENGTH"] = str(len(request.body))
    return True
