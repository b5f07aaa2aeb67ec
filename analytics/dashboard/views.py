"""The pages. Each is a template with the user's tokens, and a script that asks the public API for what it shows."""

from collections.abc import Callable, Mapping

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AbstractBaseUser, User
from django.contrib.auth.views import LoginView, LogoutView
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import get_script_prefix, reverse
from django.views.decorators.http import require_http_methods, require_safe
from django.views.generic import RedirectView
from iso3166 import countries

from analytics import clock, conf
from analytics.access.api.tokens import BoundRefreshToken
from analytics.access.api.user_sites import sites_of
from analytics.access.flow.create_key import create_key
from analytics.access.flow.decide_sites import VisibleSites
from analytics.dashboard.script_imports import imported_urls
from analytics.dashboard.security_headers import View, with_security_headers
from analytics.datasets import VIEWS
from analytics.live.flow.own_site import any_page, own_site
from analytics.sources.url_spelling import BadUrl, normal_page_url
from analytics.warehouse.flow import declare_roll_ups, roll_up

COUNTRY_CODES = {country.numeric: country.alpha2 for country in countries}
"""The shapes of the world map are identified by numeric codes, the API's countries by two letters."""

login = with_security_headers(
    LoginView.as_view(template_name="dashboard/login.html", next_page="dashboard", redirect_authenticated_user=True)
)
logout = with_security_headers(LogoutView.as_view(next_page="dashboard-login"))


class SignedInRequest(HttpRequest):
    """What `login_required` lets through."""

    user: User


def _nothing_else(_: SignedInRequest) -> Mapping[str, object]:
    return {}


def dashboard_page(name: str, page_data: Callable[[SignedInRequest], Mapping[str, object]] = _nothing_else) -> View:
    """Return the view of the page `name`. Users who are not signed in are redirected to the login page."""

    @with_security_headers
    @login_required(login_url="dashboard-login")
    @require_safe
    def view(request: SignedInRequest) -> HttpResponse:
        return _page(request, name, page_data(request))

    return view


def _page(request: SignedInRequest, name: str, page_data: Mapping[str, object], **context: object) -> HttpResponse:
    return page_response(request, name, {"tokens": create_tokens(request.user), **page_data}, **context)


def page_response(request: HttpRequest, name: str, page_data: Mapping[str, object], **context: object) -> HttpResponse:
    """Return the page `name`, with data for its script. Without tokens, the script cannot ask anything."""
    given = {"root": get_script_prefix().rstrip("/"), "timeZones": conf.time_zones(), **page_data}
    scripts = imported_urls(f"{name}_page")
    return render(
        request,
        f"dashboard/{name}.html",
        {"page": name, "preloaded_scripts": scripts, "page_data": given, **context},
    )


@with_security_headers
@login_required(login_url="dashboard-login")
@require_safe
def index(request: SignedInRequest) -> HttpResponseBase:
    """Redirect to the views of blogs, or to the first steps while there is nothing to see."""
    nothing = roll_up.is_empty() and not any_page()
    page = "dashboard-start" if nothing else "dashboard-warehouse"
    return RedirectView.as_view(pattern_name=page, query_string=True)(request)


@with_security_headers
@login_required(login_url="dashboard-login")
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: SignedInRequest) -> HttpResponse:
    """Show the first steps. A POST names a site, and gets a key for it and the line for its pages."""
    may_create = request.user.has_perms(["analytics.add_apikey", "analytics.add_site"])
    host = request.POST.get("host", "").strip()
    if request.method != "POST":
        return _page(request, "start", {}, may_create=may_create)
    if not may_create:
        raise PermissionDenied
    try:
        host = normal_page_url(host).partition("/")[0]  # people paste the address of a page
    except BadUrl:
        problem = "This is not the host of a site, as www.example.com."
        return _page(request, "start", {}, may_create=True, host=host, problem=problem)
    if not sites_of(request.user).cover(host):
        problem = "You may see other sites only. Ask an administrator for this one."
        return _page(request, "start", {}, may_create=True, host=host, problem=problem)
    own_site(host, request.user.pk, clock.now())
    key = create_key(host, [host], ["collect"])
    snippet = (
        f'<script src="{request.build_absolute_uri(reverse("tracker")).rstrip("/")}" data-key="{key}" defer></script>'
    )
    return _page(request, "start", {}, may_create=True, host=host, snippet=snippet)


def views_page_data(sites: VisibleSites) -> dict[str, object]:
    """Return what the page of blog views is given beside its tokens, for a reader of these sites: the summaries do not
    hold the visitors of each."""
    roll_ups = [{"zone": each.zone, "dimensions": each.dimensions} for each in declare_roll_ups.declared(VIEWS)]
    seen = {"knowsVisitors": sites.are_all, "seesNoSite": sites.hosts == frozenset()}
    return {"countryCodes": COUNTRY_CODES, "rollUps": roll_ups, **seen}


def create_tokens(user: AbstractBaseUser) -> dict[str, str]:
    """Return the tokens that /api/token/ would give the user."""
    refresh = BoundRefreshToken.for_user(user)
    return {"access": str(refresh.access_token), "refresh": str(refresh)}


live = dashboard_page("live")
warehouse = dashboard_page("warehouse", lambda request: views_page_data(sites_of(request.user)))
events = dashboard_page("events")
