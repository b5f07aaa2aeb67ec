"""Describe an operation of the API: what it takes, what it answers, and who may call it.

Schemas are plain JSON Schema, as dictionaries. A named object is defined once in the document.
What an operation documents is what it takes: it refuses any other query parameter.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, TypeVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from drf_yasg import openapi
from drf_yasg.utils import swagger_auto_schema
from rest_framework.exceptions import ValidationError

Schema = dict[str, Any]
Description = dict[str, Any]
Handler = TypeVar("Handler", bound=Callable[..., HttpResponseBase])

NAME = "x-name"
"""The key of a schema's name. The document defines the schema once, under this name."""
ONE_OF = "x-oneOf"
"""Swagger 2.0 has no word for alternatives. Under this one they are kept, for OpenAPI 3 and for readers."""
BEARER: Schema = {"Bearer": []}
KEY: Schema = {"Key": []}
BASIC: Schema = {"Basic": []}
NO_AUTHENTICATION: list[Schema] = []
KEY_PARAMETER = "apikey"
"""The query parameter that stands for the header X-API-Key. It is not documented: addresses end up in logs. Published
clients of the pages send it beside a password too, where it is not looked at."""
MAX_NAMED = 10
"""The most unknown query parameters that an answer names."""


class _Verbatim(openapi.Schema):
    """A schema that reaches the document as it is. drf-yasg's own class needs a type and has no alternatives."""

    def __init__(self, schema: Mapping[str, Any] | None = None) -> None:
        dict.__init__(self)
        self.update(schema or {})


def text(what: str = "", **more: Any) -> Schema:
    return _described({"type": "string", **more}, what)


def integer(what: str = "", **more: Any) -> Schema:
    return _described({"type": "integer", **more}, what)


def moment(what: str = "", **more: Any) -> Schema:
    return text(what, format="date-time", **more)


def _described(schema: Schema, what: str) -> Schema:
    return {**schema, "description": what} if what else schema


def nullable(schema: Schema) -> Schema:
    return {**schema, "x-nullable": True}


def array(items: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": items, **more}


def mapping(values: Schema) -> Schema:
    return {"type": "object", "additionalProperties": values}


def named_object(name: str, properties: Mapping[str, Schema], *, optional: Sequence[str] = (), **more: Any) -> Schema:
    """Return the schema of an object with a name of its own. Properties are required unless they are named."""
    required = [each for each in properties if each not in optional]
    described = {NAME: name, "type": "object", "properties": dict(properties), **more}
    return {**described, "required": required} if required else described


def one_of(*alternatives: Schema, **more: Any) -> Schema:
    return {ONE_OF: list(alternatives), **more}


def one_or_list(single: Schema, maximum: int) -> Schema:
    """Return the schema of a body that is one object or a list of them."""
    return one_of(
        single,
        array(single, maxItems=maximum),
        description=f"one {single[NAME]}, or a list of up to {maximum}",
        example=single["example"],
    )


def list_of(name: str, item: Schema) -> Schema:
    """Return the schema of a slice of a list."""
    link = nullable(text("the address of this slice"))
    return named_object(
        name, {"count": integer("of all slices"), "next": link, "previous": link, "results": array(item)}
    )


def query(name: str, kind: str, what: str, **more: Any) -> openapi.Parameter:
    return openapi.Parameter(name, openapi.IN_QUERY, type=kind, description=what, **more)


def path_parameter(name: str, kind: str, what: str, **more: Any) -> openapi.Parameter:
    return openapi.Parameter(name, openapi.IN_PATH, type=kind, description=what, **more)


def body(schema: Schema) -> openapi.Schema:
    return _Verbatim(schema)


def response(what: str, schema: Schema, example: Any, **headers: Schema) -> openapi.Response:
    named = {name.replace("_", "-"): header for name, header in headers.items()}
    return openapi.Response(what, _Verbatim(schema), {"application/json": example}, headers=named or None)


def also_as(answer: openapi.Response, examples: Mapping[str, Any]) -> openapi.Response:
    """Return the response with examples of the other media types in which it may be sent, by media type."""
    shown = {**answer["examples"], **examples}
    return openapi.Response(answer["description"], answer["schema"], shown, headers=answer.get("headers"))


ERROR = named_object(
    "Error",
    {
        "detail": text("why"),
        "code": text("a word for it"),
        "messages": array({"type": "object"}),
        "status_code": integer("the status again, of addresses under /events/"),
    },
    optional=("code", "messages", "status_code"),
)
INVALID = named_object(
    "Invalid",
    {},
    description="The name of each wrong field or query parameter, and a list of reasons why it is wrong; of a list's "
    "items, by their index. `detail` says why the body cannot be read, `status_code` repeats the status.",
    additionalProperties=one_of(array(text()), {"type": "object"}, text(), integer()),
)
RETRY_AFTER = {"Retry_After": integer("seconds")}
REFUSALS = {
    401: response("No key or token, or a wrong one", ERROR, {"detail": "Invalid token", "code": "unknown_key"}),
    403: response("The key or the user may not do this", ERROR, {"detail": "This key is not for example.com."}),
    404: response("There is no such thing", ERROR, {"detail": "Not found."}),
    411: response("The server cannot read a body without a length", ERROR, {"detail": "…", "code": "length_required"}),
    413: response("The body is too large", ERROR, {"detail": "The body is larger than 1000000 bytes."}),
    415: response(
        "The body's Content-Type is not known", ERROR, {"detail": 'Unsupported media type "a/b" in request.'}
    ),
    429: response("Too many failed logins", ERROR, {"detail": "Too many failed logins."}, **RETRY_AFTER),
    503: response("The database cannot answer now", ERROR, {"detail": "…"}, **RETRY_AFTER),
}
WITH_BODY = (411, 413, 415, 503)


def invalid(example: Mapping[str, Any]) -> openapi.Response:
    return response("A field or a parameter is wrong: its name and why", INVALID, example)


def refusals(*statuses: int) -> dict[int, openapi.Response]:
    return {status: REFUSALS[status] for status in statuses}


def documented(
    *, authenticate: Callable[[HttpRequest], object] | None = None, **description: Any
) -> Callable[[Handler], Handler]:
    """Document the handler of a request, and refuse query parameters that the description does not have.

    A handler that looks at the caller's key itself gives `authenticate`, which raises when the caller may not call: who
    may not learns that first, and not which parameters there are.
    """
    known = query_parameters(description)

    def decorator(handler: Handler) -> Handler:
        @wraps(handler)
        def checked(view: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if unknown := request.META.get("QUERY_STRING") and _unknown_parameters(request, known):
                if authenticate:
                    authenticate(request)
                raise ValidationError(unknown)
            return handler(view, request, *args, **kwargs)

        documenting: Callable[[Any], Handler] = swagger_auto_schema(**description)
        return documenting(checked)

    return decorator


def query_parameters(description: Description) -> frozenset[str]:
    """Return the names of the query parameters that an operation takes."""
    listed = [each.name for each in description.get("manual_parameters", ()) if each.in_ == openapi.IN_QUERY]
    serializer = description.get("query_serializer")
    fields = list(serializer().fields) if serializer else []
    sends_key = KEY in description["security"] or BASIC in description["security"]
    return frozenset([*listed, *fields, *([KEY_PARAMETER] if sends_key else [])])


def _unknown_parameters(request: HttpRequest, known: frozenset[str]) -> dict[str, list[str]]:
    """Return the unknown query parameters, each with what is wrong with it."""
    names = ", ".join(sorted(known - {KEY_PARAMETER})) or "none"
    unknown = [name for name in request.GET if name not in known][:MAX_NAMED]
    return {name[:100]: [f"Unknown query parameter. Known are: {names}."] for name in unknown}
