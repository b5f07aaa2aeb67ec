"""The pages. Each is a template with the user's tokens, and a script that asks the public API for what it shows."""

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AbstractBaseUser, User
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import get_script_prefix
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView
from iso3166 import countries

from analytics.access.api.tokens import BoundRefreshToken
from analytics.dashboard.script_imports import imported_urls
from analytics.dashboard.security_headers import View, with_security_headers

COUNTRY_CODES = {country.numeric: country.alpha2 for country in countries}
"""The shapes of the world map are identified by numeric codes, the API's countries by two letters."""

index = RedirectView.as_view(pattern_name="dashboard-warehouse", query_string=True)
login = with_security_headers(
    LoginView.as_view(template_name="dashboard/login.html", next_page="dashboard", redirect_authenticated_user=True)
)
logout = with_security_headers(LogoutView.as_view(next_page="dashboard-login"))


class SignedInRequest(HttpRequest):
    """What `login_required` lets through."""

    user: User


def dashboard_page(name: str, **page_data: object) -> View:
    """Return the view of the page `name`. Users who are not signed in are redirected to the login page."""

    @with_security_headers
    @login_required(login_url="dashboard-login")
    @require_safe
    def view(request: SignedInRequest) -> HttpResponse:
        context = {
            "page": name,
            "preloaded_scripts": imported_urls(f"{name}_page"),
            "page_data": {"tokens": create_tokens(request.user), "root": get_script_prefix().rstrip("/"), **page_data},
        }
        return render(request, f"dashboard/{name}.html", context)

    return view


def create_tokens(user: AbstractBaseUser) -> dict[str, str]:
    """Return the tokens that /api/token/ would give the user."""
    refresh = BoundRefreshToken.for_user(user)
    return {"access": str(refresh.access_token), "refresh": str(refresh)}


live = dashboard_page("live")
warehouse = dashboard_page("warehouse", countryCodes=COUNTRY_CODES)
events = dashboard_page("events")
