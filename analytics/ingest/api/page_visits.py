"""Accept visits, one at a time from servers or from pages by the tracker, and list them."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from msgspec.structs import replace
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from analytics import clock
from analytics.access.api.api_keys import Caller, require_collect_key, require_read_key
from analytics.http.fast_view import FastView, json_response, parse_body
from analytics.http.negotiation import JsonOut
from analytics.http.operations import documented
from analytics.http.pagination import PageParams, page_params, slice_response, to_bounds
from analytics.ingest.api import docs
from analytics.ingest.api.client import Client, client_of
from analytics.ingest.flow import write
from analytics.ingest.flow.identify_visitor import visitor_numbers
from analytics.live.api.site_lists import scope
from analytics.live.flow import list_sites
from analytics.models import Visit
from analytics.models.site import MAX_PATH, MAX_SUBJECT
from analytics.sources.contexts import ContextClues, view_context
from analytics.sources.messages import visit_origin
from analytics.sources.messages.deliveries import Delivery
from analytics.sources.messages.field_checks import Problems, read_text
from analytics.sources.messages.page_visits import PageVisit
from analytics.sources.messages.timestamps import as_datetime
from analytics.sources.url_spelling import MAX_HOST, BadUrl, normal_host, normal_page_path

MAX_LENGTHS = {"domain": MAX_HOST, "path": MAX_PATH, "subject": MAX_SUBJECT, "visitor": 200}


class VisitList(FastView):
    permission_classes = [AllowAny]
    content_negotiation_class = JsonOut

    @documented(authenticate=require_collect_key, **docs.SEND_VISIT)
    def post(self, request: HttpRequest) -> HttpResponse:
        """Store the visit before answering, because the answer holds its number."""
        caller, client, given = require_collect_key(request), client_of(request), _require_object(parse_body(request))
        visit = _read_visit(given, client, caller, required=("domain", "path", "subject"))
        if visit.is_beat:
            raise ValidationError({"beat": ["A heartbeat is no visit and has no URL: send it to /api/collect."]})
        if client.is_bot:
            write.receive(_delivery(caller, bots={visit.domain: 1}))
            return json_response({"detail": "Counted as a visit by a bot."}, 202)
        (number,) = write.store(_delivery(caller, visits=[visit])).visits
        response = json_response({"url": _url(number, request)}, 201)
        response["Location"] = _url(number, request)
        return response

    @documented(authenticate=require_read_key, **docs.LIST_VISITS)
    def get(self, request: Request) -> Response:
        caller, bounds = require_read_key(request), to_bounds(page_params(PageParams, request))
        visits = list_sites.visits(scope(caller), bounds.start, bounds.size)
        return slice_response(request, bounds, visits.count, [as_json(visit, request) for visit in visits.items])


class VisitDetail(FastView):
    fast_methods = frozenset()
    permission_classes = [AllowAny]
    content_negotiation_class = JsonOut

    @documented(authenticate=require_read_key, **docs.SHOW_VISIT)
    def get(self, request: Request, id: int) -> Response:
        visit = list_sites.visit(scope(require_read_key(request)), id)
        if visit is None:
            raise NotFound("Not found.")
        return Response(as_json(visit, request))


class CollectView(FastView):
    """Accepts the visits and heartbeats that the tracker sends."""

    permission_classes = [AllowAny]

    @documented(authenticate=require_collect_key, **docs.COLLECT)
    def post(self, request: HttpRequest) -> HttpResponse:
        caller, client, given = require_collect_key(request), client_of(request), _require_object(parse_body(request))
        visit = _read_visit(given, client, caller, required=("domain", "path"))
        if client.refuses_tracking:
            return json_response({"stored": False}, 202)
        if not client.is_bot:
            write.receive(_delivery(caller, visits=[visit]))
        elif not visit.is_beat:
            write.receive(_delivery(caller, bots={visit.domain: 1}))
        return json_response({"stored": not client.is_bot}, 202)


def as_json(visit: Visit, request: Request) -> dict[str, Any]:
    return {
        "id": visit.pk,
        "url": _url(visit.pk, request),
        "creation_time": visit.at,
        "domain": visit.page.site.host,
        "path": visit.page.path,
        "subject": visit.page.subject,
        "ip_address": visit.ip_address,
        "user_agent": visit.user_agent,
    }


def _url(number: int, request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("visit_detail", args=[number]))


def _require_object(given: Any) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise ValidationError({"non_field_errors": ["A visit is a JSON object."]})
    return given


def _read_visit(given: Mapping[str, Any], client: Client, caller: Caller, *, required: tuple[str, ...]) -> PageVisit:
    """Return the visit that was sent. Raise rest_framework's ValidationError, by field, when it is invalid, and
    PermissionDenied when the key does not cover a host that the visit counts for."""
    problems: Problems = {}
    texts = {
        name: read_text(name, given, problems, max_length=max_length, required=name in required)
        for name, max_length in MAX_LENGTHS.items()
    }
    domain, path = _read_host(texts["domain"], problems), _read_path(texts["path"], problems)
    origin = visit_origin.read_visit(given, problems)
    beat = given.get("beat", False)
    if not isinstance(beat, bool):
        problems["beat"] = ["Must be true or false."]
    if problems:
        raise ValidationError(problems)
    at = clock.now_microseconds()
    visitor_id, formerly = visitor_numbers(texts["visitor"], str(client.address or ""), client.agent, as_datetime(at))
    page = (domain, path, texts["subject"])
    visit = PageVisit(*page, visitor_id, at, beat, client.kept_address, client.agent, client.country, formerly)
    for host in sorted(visit.hosts):
        caller.require_host(host)
    return visit if beat else _with_context(visit, origin, client.clues)


def _with_context(visit: PageVisit, origin: Mapping[str, str], of_client: ContextClues) -> PageVisit:
    host = visit.url.partition("/")[0] or visit.domain
    return replace(visit, context=view_context(visit_origin.clues_of(origin, of_client, host=host, url=visit.path)))


def _read_host(text: str, problems: Problems) -> str:
    """Return a host in its one spelling, or record why it is none."""
    try:
        return normal_host(text)
    except BadUrl as error:
        problems.setdefault("domain", [str(error)])
        return ""


def _read_path(text: str, problems: Problems) -> str:
    """Return a path in its one spelling, or record why it is none."""
    try:
        path = normal_page_path(text)
    except BadUrl as error:
        problems.setdefault("path", [str(error)])
        return ""
    if len(path) > MAX_PATH:
        problems["path"] = [f"Ensure this field has no more than {MAX_PATH} characters when it is escaped."]
    return path


def _delivery(caller: Caller, **facts: Any) -> Delivery:
    return Delivery(uuid.uuid4().bytes, caller.application, clock.now_microseconds(), **facts)
