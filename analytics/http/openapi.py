"""Serve the API documentation: Swagger UI, ReDoc and the OpenAPI schema."""

from collections.abc import Callable, Sequence
from functools import wraps

from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern
from drf_yasg import openapi
from drf_yasg.renderers import OpenAPIRenderer
from drf_yasg.views import get_schema_view
from rest_framework.permissions import AllowAny

View = Callable[..., HttpResponseBase]

INFO = openapi.Info(
    title="Ideeza Analytics",
    default_version="v1",
    description="Exact questions about blog views, answered from daily summaries. Get a token from `/api/token/`, "
    "press Authorize and enter `Bearer` and the access token.",
    license=openapi.License("MIT"),
)
# ReDoc would fetch its maker's logo. With this policy the pages request nothing from other hosts, whatever they hold.
SAME_HOST = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def documentation_views(documented: Sequence[URLPattern]) -> tuple[View, View, View]:
    """Return the views of Swagger UI, of ReDoc and of the schema alone.

    They document the patterns that have a name: each URL also works without its slash, by a pattern without a name.
    """
    named = [pattern for pattern in documented if pattern.name]
    schema = get_schema_view(
        INFO, public=True, patterns=named, permission_classes=[AllowAny], authentication_classes=[]
    )
    return (
        _with_same_host_policy(schema.with_ui("swagger")),
        _with_same_host_policy(schema.with_ui("redoc")),
        schema.as_view(renderer_classes=[OpenAPIRenderer]),
    )


def _with_same_host_policy(view: View) -> View:
    @wraps(view)
    def guarded_view(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        response["Content-Security-Policy"] = SAME_HOST
        return response

    return guarded_view
