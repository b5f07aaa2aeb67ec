"""The notes about days: listed to readers of their sites, written and deleted by users."""

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics.access.api.permissions import QUERY_AUTHENTICATION, TokenOrQueryKey
from analytics.access.api.readers import reader_of
from analytics.http.fields import Day, HostName, Text
from analytics.http.negotiation import JsonOut
from analytics.http.operations import (
    BEARER,
    KEY,
    WITH_BODY,
    Description,
    Schema,
    documented,
    integer,
    invalid,
    list_of,
    named_object,
    nullable,
    path_parameter,
    refusals,
    response,
    text,
)
from analytics.http.pagination import PageParams, page_params, slice_response, to_bounds
from analytics.models import Note
from analytics.models.note import MAX_NOTE
from analytics.warehouse.api.serializers import ClosedBody, closed
from analytics.warehouse.flow import keep_notes
from analytics.warehouse.flow.keep_notes import NoteFilter, NotTheAuthor, UnknownSite
from tally.span import Span

MAX_ID = 2**63 - 1


class NoteParams(PageParams):
    start_date = Day(required=False, help_text="the first day")
    end_date = Day(required=False, help_text="the last day, included")
    site = HostName(required=False, help_text="about this site only")

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        start, end = given.get("start_date"), given.get("end_date")
        if start and end and end < start:
            raise serializers.ValidationError({"end_date": [f"{end} is before start_date {start}."]})
        return super().validate(given)


class NoteBody(ClosedBody):
    """A note to write."""

    class Meta:
        swagger_schema_fields = closed({"day": "2026-01-05", "text": "Campaign began", "site": "www.example.com"})

    day = Day()
    text = Text(max_length=MAX_NOTE, allow_blank=False)
    site = HostName(required=False, help_text="the site that it is about; all of them unless given")

    def validate_text(self, given: str) -> str:
        if "\0" in given or not given.strip():
            raise serializers.ValidationError("Must be a text.")
        return given.strip()


NOTE: Schema = named_object(
    "Note",
    {
        "id": integer(),
        "day": text(format="date"),
        "text": text(),
        "site": nullable(text("the site that it is about; null: all of them")),
        "author": nullable(text("who wrote it; null: a user who is gone")),
    },
)
EXAMPLE = {"id": 1, "day": "2026-01-05", "text": "Campaign began", "site": "www.example.com", "author": "ann"}
COMMON = {"tags": ["notes"], "security": [BEARER, KEY]}
LIST: Description = {
    **COMMON,
    "operation_id": "list_notes",
    "operation_summary": "Notes about days",
    "operation_description": "By day. A reader of some sites sees the notes about these.",
    "query_serializer": NoteParams,
    "responses": {
        200: response(
            "The notes",
            list_of("NoteList", NOTE),
            {"count": 1, "next": None, "previous": None, "results": [EXAMPLE]},
        ),
        400: invalid({"start_date": ["Must be an ISO 8601 date or datetime, as in 2024-12-31."]}),
        **refusals(401, 503),
    },
}
WRITE: Description = {
    **COMMON,
    "security": [BEARER],
    "operation_id": "write_note",
    "operation_summary": "Write a note about a day",
    "request_body": NoteBody,
    "responses": {
        201: response("The note", NOTE, EXAMPLE),
        400: invalid({"site": ["This is not one of the sites that you may see."]}),
        **refusals(401, 403, *WITH_BODY),
    },
}
DELETE: Description = {
    **COMMON,
    "security": [BEARER],
    "operation_id": "delete_note",
    "operation_summary": "Delete a note",
    "operation_description": "One of the user's own, or any with the permission to delete notes.",
    "manual_parameters": [path_parameter("id", "integer", "of the note")],
    "responses": {
        200: response("The note as it was", NOTE, EXAMPLE),
        400: invalid({"colour": ["Unknown query parameter. Known are: none."]}),
        **refusals(401, 403, 404, 503),
    },
}


class NoteView(APIView):
    authentication_classes = QUERY_AUTHENTICATION
    permission_classes = [TokenOrQueryKey]
    content_negotiation_class = JsonOut


class NoteList(NoteView):
    @documented(**LIST)
    def get(self, request: Request) -> Response:
        given = page_params(NoteParams, request)
        bounds = to_bounds(given)
        span = Span.closed(given.get("start_date"), given.get("end_date"))
        wanted = NoteFilter(reader_of(request).sites.hosts, span, given.get("site"))
        found = keep_notes.find(wanted, bounds.start, bounds.size)
        return slice_response(request, bounds, found.count, [_as_json(note) for note in found.items])

    @documented(**WRITE)
    def post(self, request: Request) -> Response:
        body, author, sites = NoteBody(data=request.data), _user(request), reader_of(request).sites
        body.is_valid(raise_exception=True)
        given = body.validated_data
        try:
            note = keep_notes.write(given["day"], given["text"], given.get("site"), author, sites.hosts)
        except UnknownSite as error:
            raise ValidationError({"site": [str(error)]}) from error
        return Response(_as_json(note), status=201)


class NoteDetail(NoteView):
    @documented(**DELETE)
    def delete(self, request: Request, id: int) -> Response:
        user, sites = _user(request), reader_of(request).sites
        try:
            note = keep_notes.delete(id, user, sites.hosts) if id <= MAX_ID else None
        except NotTheAuthor as error:
            raise PermissionDenied(str(error)) from error
        if note is None:
            raise NotFound("Not found.")
        return Response(_as_json(note))


def _user(request: Request) -> int:
    """Return the id of the user who is signed in. Raise PermissionDenied for keys and for an open API: a note has an
    author."""
    if not request.user.is_authenticated:
        raise PermissionDenied("Only users write notes: send a token.")
    return int(request.user.pk)


def _as_json(note: Note) -> dict[str, Any]:
    return {
        "id": note.pk,
        "day": note.day.isoformat(),
        "text": note.text,
        "site": note.site.host if note.site else None,
        "author": note.author.get_username() if note.author else None,
    }
