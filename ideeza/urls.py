from django.contrib import admin
from django.urls import include, path
from drf_yasg import openapi
from drf_yasg.views import get_schema_view
from rest_framework.permissions import AllowAny
from rest_framework_simplejwt.views import TokenObtainPairView, TokenRefreshView

from analytics.api.urls import both

schema = get_schema_view(
    openapi.Info(
        title="Ideeza Analytics",
        default_version="v1",
        description="Exact questions about blog views, answered from daily summaries. Get a token from `/api/token/`, "
        "press Authorize and enter `Bearer` and the access token.",
        license=openapi.License("MIT"),
    ),
    public=True,
    permission_classes=[AllowAny],
    authentication_classes=[],
)

urlpatterns = [
    path("admin/", admin.site.urls),
    *both("api/token", TokenObtainPairView.as_view(), "token_obtain_pair"),
    *both("api/token/refresh", TokenRefreshView.as_view(), "token_refresh"),
    *both("swagger", schema.with_ui("swagger"), "schema-swagger-ui"),
    *both("redoc", schema.with_ui("redoc"), "schema-redoc"),
    *both("swagger.json", schema.without_ui(), "schema-json"),
    path("", include("analytics.api.urls")),
]
handler400 = "analytics.api.errors.bad_request"
handler404 = "analytics.api.errors.not_found"
handler500 = "analytics.api.errors.server_error"
