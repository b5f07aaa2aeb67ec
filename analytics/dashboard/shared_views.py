"""Links to single views: the page of their creator, and the page that such a link shows."""

from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from analytics import clock
from analytics.access.api.shared_views import SharedViewToken
from analytics.access.flow import share_view
from analytics.access.flow.decide_sites import sites_of_user
from analytics.access.flow.share_view import NewView, OpenView
from analytics.dashboard.security_headers import with_security_headers
from analytics.dashboard.views import SignedInRequest, page_response, views_page_data
from analytics.models.site_access import MAX_VIEW_NAME
from analytics.warehouse.api import view_filters
from analytics.warehouse.api.filter_tree import BadCondition

MAX_QUERY = 2000
EXPIRIES = {"": "never", "7": "in a week", "30": "in a month", "365": "in a year"}
"""The days after which a link can expire."""
KEPT_PRIVATE = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}
"""The address of such a page is the secret that opens it."""


class BadShare(ValueError):
    """What is wrong with a link that is asked for."""


@with_security_headers
@login_required(login_url="dashboard-login")
@require_http_methods(["GET", "HEAD", "POST"])
def shares(request: SignedInRequest) -> HttpResponse:
    """List the links of the user. A POST makes a link, which is shown this once, or revokes one."""
    if request.method != "POST":
        return _shares(request)
    if revoked := request.POST.get("revoke"):
        if revoked.isascii() and revoked.isdecimal() and len(revoked) < 19:
            share_view.revoke(int(revoked), request.user.pk, clock.now())
        return HttpResponseRedirect(reverse("dashboard-shares"))
    try:
        token = share_view.share(_new_view(request))
    except BadShare as error:
        return _shares(request, problem=str(error))
    return _shares(request, link=request.build_absolute_uri(reverse("dashboard-shared", args=[token])))


def _new_view(request: SignedInRequest) -> NewView:
    name, query = request.POST.get("name", "").strip(), request.POST.get("query", "")
    days, parameters = request.POST.get("expires", ""), QueryDict(query[:MAX_QUERY])
    if not 0 < len(name) <= MAX_VIEW_NAME or "\0" in name + query:
        raise BadShare(f"Give the link a name of at most {MAX_VIEW_NAME} characters.")
    if days not in EXPIRIES or len(query) > MAX_QUERY:
        raise BadShare("This view cannot be shared.")
    try:
        filters = view_filters.filter_tree(dict(parameters.lists()))
    except BadCondition as error:
        raise BadShare(f"The filters of this view cannot be shared: {error}") from error
    end = clock.now() + timedelta(days=int(days)) if days else None
    return NewView(name, parameters.urlencode(), filters, request.user.pk, end)


def _shares(request: SignedInRequest, **context: object) -> HttpResponse:
    links = [
        {"view": view, "filters": view_filters.described(dict(QueryDict(view.parameters).lists()))}
        for view in share_view.list_views(request.user.pk)
    ]
    return page_response(request, "shares", {}, links=links, now=clock.now(), **context)


@csrf_exempt
@with_security_headers
@require_http_methods(["GET", "HEAD", "POST"])
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """Show the Blog views page under the filters of a link, to anyone who has it. A POST gives its script the next
    access token. A link that is unknown, revoked or expired is answered with the same 404."""
    view = share_view.find_by_token(token, clock.now())
    response = _shared(request, view) if view else render(request, "dashboard/link_ended.html", status=404)
    for name, value in KEPT_PRIVATE.items():
        response[name] = value
    return response


def _shared(request: HttpRequest, view: OpenView) -> HttpResponse:
    access = {"access": str(SharedViewToken.for_view(view))}
    if request.method == "POST":
        return JsonResponse(access)
    if view.parameters and not request.GET:
        return HttpResponseRedirect(f"?{view.parameters}")  # the page's script reads them from its address
    filters = dict(QueryDict(view.parameters).lists())
    page_data = {
        "tokens": access,
        **views_page_data(sites_of_user(view.creator)),
        "sharedFilters": [[name, value] for name in view_filters.ALL_PARAMETERS for value in filters.get(name, ())],
    }
    shown = {"name": view.name, "filters": view_filters.described(filters)}
    return page_response(request, "warehouse", page_data, shared=shown)
