"""Read a plain request without DRF's processing of it: a small JSON body that is posted, with no query."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

MAX_PLAIN_BYTES = 2_000
"""The longest body of a plain request. What is longer gains little."""


class PlainRequest(Request):
    """A request whose data are known."""

    def __init__(self, request: HttpRequest, authenticators: Sequence[BaseAuthentication], data: Any) -> None:
        super().__init__(request, authenticators=authenticators)
        self._known = data

    @property
    def data(self) -> Any:
        return self._known


def plain_request(
    request: HttpRequest, authenticators: Sequence[BaseAuthentication], parser: type[BaseParser]
) -> PlainRequest | None:
    """Return the request with its data, None if it is not plain. Its body can be read again. Raise the errors of the
    parser."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if (
        request.method != "POST"
        or request.META.get("QUERY_STRING")
        or request.content_type != parser.media_type
        or not (length.isdecimal() and 0 < int(length) <= MAX_PLAIN_BYTES)
    ):
        return None
    return PlainRequest(request, authenticators, parser().parse(BytesIO(request.body)))
