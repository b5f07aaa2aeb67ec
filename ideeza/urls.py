from django.contrib import admin
from django.urls import path, re_path, reverse_lazy
from django.views.generic import RedirectView

from analytics.access.api.tokens import ObtainToken, RenewToken
from analytics.dashboard.urls import pages as dashboard
from analytics.http.api_errors import not_found, safe_only
from analytics.http.openapi import documentation_views
from analytics.live_urls import urlpatterns as live
from analytics.urls import both
from analytics.urls import urlpatterns as analytics

api = [
    *analytics,
    *live,
    *both("api/token", ObtainToken.as_view(), "token_obtain_pair"),
    *both("api/token/refresh", RenewToken.as_view(), "token_refresh"),
]
documentation = documentation_views(api)

urlpatterns = [
    *api,
    *both("swagger", documentation.swagger, "schema-swagger-ui"),
    *both("redoc", documentation.redoc, "schema-redoc"),
    *both("swagger.json", documentation.swagger2, "schema-json"),
    *both("openapi.json", documentation.openapi3, "schema-openapi3"),
    *(pattern for page in dashboard for pattern in both(*page)),
    path("", safe_only(RedirectView.as_view(pattern_name="dashboard")), name="home"),
    path("admin", safe_only(RedirectView.as_view(pattern_name="admin:index"))),
    path("admin/", admin.site.urls),
    re_path("", not_found),  # in JSON, with DEBUG too
]
admin.site.site_url = reverse_lazy("dashboard")  # type: ignore[assignment]  # "View site" in the admin; a lazy text will do

handler400 = "analytics.http.api_errors.bad_request"
handler404 = "analytics.http.api_errors.not_found"
handler500 = "analytics.http.failure_middleware.server_error"
