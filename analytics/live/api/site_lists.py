"""Sites, their pages, and what changed on them. The API calls a site a domain."""

from datetime import UTC
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.urls import reverse
from rest_framework import serializers
from rest_framework.authentication import BasicAuthentication, SessionAuthentication
from rest_framework.permissions import AllowAny, IsAdminUser, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics import clock
from analytics.access.api.api_keys import Caller, require_reader
from analytics.access.api.permissions import SeesEverySite
from analytics.http.fields import HostName, Moment
from analytics.http.negotiation import JsonOut
from analytics.http.operations import documented
from analytics.http.pagination import MAX_PAGE_SIZE, PageParams, list_response, page_params, slice_response, to_bounds
from analytics.live.api import docs, snapshot_refresh
from analytics.live.flow import list_sites
from analytics.live.flow.diff_snapshots import Change, diff
from analytics.live.flow.list_sites import PageWithHits, Scope
from analytics.models import Site
from tally.diffs import Direction

LISTS = {"users": "user_list", "domains": "domain_list", "visits": "visit_list", "pagediffs": "page_diffs"}


class RootParams(serializers.Serializer[None]):
    """What published clients send to every address of the pages API, this one included."""

    limit = serializers.IntegerField(
        required=False, min_value=0, max_value=MAX_PAGE_SIZE, help_text="without effect here: the lists are always four"
    )


class DomainParams(PageParams):
    name = HostName(required=False, help_text="exactly this host")


class PageListParams(PageParams):
    domain = HostName(required=False, help_text="of this domain only")


class PageDiffParams(PageParams):
    domain = HostName()
    direction = serializers.ChoiceField(
        [each.value for each in Direction], required=False, default="up", help_text="up: > 0, down: < 0, both: all"
    )
    from_time = Moment(
        required=False, help_text="the last snapshot at or before; the one before the other unless given"
    )
    to_time = Moment(required=False, help_text="the last snapshot at or before; the last of all unless given")

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        start, end = given.get("from_time"), given.get("to_time")
        if start and end and end < start:
            raise serializers.ValidationError({"to_time": ["It is before from_time."]})
        if start == end:  # the times of the last two snapshots
            given = {name: value for name, value in given.items() if name not in ("from_time", "to_time")}
        return super().validate(given)


class KeyView(APIView):
    """The key is looked at by the view itself."""

    permission_classes = [AllowAny]
    content_negotiation_class = JsonOut


class Root(APIView):
    authentication_classes = [BasicAuthentication, SessionAuthentication]
    permission_classes = [IsAuthenticated]
    content_negotiation_class = JsonOut

    @documented(**docs.ROOT, query_serializer=RootParams)
    def get(self, request: Request) -> Response:
        RootParams(data=request.query_params.dict()).is_valid(raise_exception=True)
        return Response({name: request.build_absolute_uri(reverse(list)) for name, list in LISTS.items()})


class UserList(APIView):
    authentication_classes = [BasicAuthentication, SessionAuthentication]
    permission_classes = [IsAdminUser, SeesEverySite]
    of_no_site = "Users"
    content_negotiation_class = JsonOut

    @documented(**docs.USERS, query_serializer=PageParams)
    def get(self, request: Request) -> Response:
        bounds = to_bounds(page_params(PageParams, request))
        some = list_sites.users(bounds.start, bounds.size)
        return slice_response(request, bounds, some.count, [_user_as_json(user) for user in some.items])


class DomainList(KeyView):
    @documented(authenticate=require_reader, **docs.DOMAINS, query_serializer=DomainParams)
    def get(self, request: Request) -> Response:
        caller, given = require_reader(request), page_params(DomainParams, request)
        bounds = to_bounds(given)
        some = list_sites.sites(scope(caller), given.get("name"), bounds.start, bounds.size)
        return slice_response(request, bounds, some.count, [_domain_as_json(site) for site in some.items])


class PageList(KeyView):
    @documented(authenticate=require_reader, **docs.PAGES, query_serializer=PageListParams)
    def get(self, request: Request) -> Response:
        caller, given = require_reader(request), page_params(PageListParams, request)
        bounds = to_bounds(given)
        some = list_sites.pages(scope(caller), given.get("domain"), bounds.start, bounds.size)
        return slice_response(request, bounds, some.count, [_page_as_json(page) for page in some.items])


class PageDiffList(KeyView):
    @documented(authenticate=require_reader, **docs.PAGE_DIFFS, query_serializer=PageDiffParams)
    def get(self, request: Request) -> Response:
        caller, given = require_reader(request), page_params(PageDiffParams, request)
        host = given["domain"]
        caller.require_host(host)
        snapshot_refresh.keep_up(host, clock.now())
        changes = diff(host, Direction(given["direction"]), given.get("from_time"), given.get("to_time"))
        return list_response(request, to_bounds(given), changes, Change._asdict)


def _domain_as_json(site: Site) -> dict[str, Any]:
    return {"id": site.pk, "creation_time": site.created_at, "name": site.host}


def _page_as_json(listed: PageWithHits) -> dict[str, Any]:
    page, hits = listed
    return {"id": page.pk, "domain": page.site.host, "path": page.path, "subject": page.subject, "visitors": hits}


def _user_as_json(user: AbstractUser) -> dict[str, Any]:
    joined = user.date_joined.astimezone(UTC)
    return {"id": user.pk, "creation_time": joined, "username": user.get_username(), "is_staff": user.is_staff}


def scope(caller: Caller) -> Scope:
    """Return the sites that this caller may see."""
    return Scope(caller.own_sites.hosts, caller.grant.others)
