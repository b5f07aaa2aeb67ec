"""The pages. Each is a frame around what its script asks of the public API with the tokens found in it."""

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView
from iso3166 import countries
from rest_framework_simplejwt.tokens import RefreshToken

from analytics.dashboard.guard import View, guarded
from analytics.dashboard.modules import modules

CODES = {country.numeric: country.alpha2 for country in countries}
"""The map knows countries by number."""

first = RedirectView.as_view(pattern_name="dashboard-warehouse", query_string=True)
login = guarded(
    LoginView.as_view(template_name="dashboard/login.html", next_page="dashboard", redirect_authenticated_user=True)
)
logout = guarded(LogoutView.as_view(next_page="dashboard-login"))


def page(name: str, **known: object) -> View:
    """The page `name` for a signed-in user; anybody else is sent to sign in."""

    @guarded
    @login_required(login_url="dashboard-login")
    @require_safe
    def shown(request: HttpRequest) -> HttpResponse:
        context = {"page": name, "modules": modules(name), "handed": {"tokens": tokens(request.user), **known}}
        return render(request, f"dashboard/{name}.html", context)

    return shown


def tokens(user: AbstractBaseUser) -> dict[str, str]:
    """What the page shows the API, as if the user had asked for it at /api/token/."""
    refresh = RefreshToken.for_user(user)
    return {"access": str(refresh.access_token), "refresh": str(refresh)}


live = page("live")
warehouse = page("warehouse", codes=CODES)
events = page("events")
