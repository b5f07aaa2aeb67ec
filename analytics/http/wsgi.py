"""The WSGI application. It can read every request that the server lets through."""

import codecs
from typing import Any

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.http import parse_header_parameters

FORM = "application/x-www-form-urlencoded"


class Utf8Request(WSGIRequest):
    """A request whose query is UTF-8, whatever charset the content type of its body names.

    Django decodes the query in that charset before any middleware runs. What fails there is a 500, as with
    `charset=hex`, or with a charset and more parameters than Django reads.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        charset = self.content_params.get("charset", "utf-8")
        if self.content_type == FORM and not is_utf8(charset):
            self._encoding = charset  # Django refuses such a form with 400

    @cached_property
    def GET(self) -> QueryDict:  # type: ignore[override]  # a cached property there too  # noqa: N802 - Django's name
        query: str = self.environ.get("QUERY_STRING", "")
        return QueryDict(query.encode("latin-1"), encoding="utf-8")


class Utf8Handler(WSGIHandler):
    request_class = Utf8Request


def is_utf8(charset: str) -> bool:
    """
    >>> is_utf8("UTF8"), is_utf8("latin-1"), is_utf8("nothing")
    (True, False, False)
    """
    try:
        return codecs.lookup(charset).name == "utf-8"
    except (LookupError, ValueError):
        return False
