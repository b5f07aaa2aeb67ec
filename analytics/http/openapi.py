"""Serve the API documentation: Swagger UI, ReDoc, and the document alone, as Swagger 2.0 and as OpenAPI 3."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern
from drf_yasg import openapi
from drf_yasg.codecs import OpenAPICodecJson, OpenAPICodecYaml
from drf_yasg.generators import OpenAPISchemaGenerator
from drf_yasg.renderers import (
    OpenAPIRenderer,
    ReDocRenderer,
    SwaggerJSONRenderer,
    SwaggerUIRenderer,
    SwaggerYAMLRenderer,
)
from drf_yasg.views import get_schema_view
from rest_framework.permissions import AllowAny

from analytics.http.negotiation import JsonOut
from analytics.http.openapi3 import EXAMPLES, to_openapi3
from analytics.http.operations import NAME

View = Callable[..., HttpResponseBase]
Json = dict[str, Any]

INFO = openapi.Info(
    title="Ideeza Analytics",
    default_version="v1",
    description="Exact questions about blog views, answered from daily summaries; events, and who is on a site now. "
    "Questions take a token from `/api/token/`: press Authorize and enter `Bearer` and the access token. Senders and "
    "readers of sites take an application's key in the header `X-API-Key`. Other query parameters than those described "
    "are refused.",
    license=openapi.License("MIT"),
)
# ReDoc would fetch its maker's logo. With this policy the pages request nothing from other hosts, whatever they hold.
SAME_HOST = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class Generator(OpenAPISchemaGenerator):
    def get_path_parameters(self, path: str, view_cls: type) -> list[openapi.Parameter]:
        """Return none: each operation describes its own, with their types."""
        return []


class _Swagger2Json(OpenAPICodecJson):
    def generate_swagger_object(self, swagger: openapi.Swagger) -> Json:
        return with_definitions(super().generate_swagger_object(swagger))


class _Swagger2Yaml(OpenAPICodecYaml):
    def generate_swagger_object(self, swagger: openapi.Swagger) -> Json:
        return with_definitions(super().generate_swagger_object(swagger))


class _OpenApi3Json(_Swagger2Json):
    def generate_swagger_object(self, swagger: openapi.Swagger) -> Json:
        return to_openapi3(super().generate_swagger_object(swagger))


class JsonRenderer(SwaggerJSONRenderer):
    codec_class = _Swagger2Json


class OpenApiRenderer(OpenAPIRenderer):
    codec_class = _Swagger2Json


class YamlRenderer(SwaggerYAMLRenderer):
    codec_class = _Swagger2Yaml


class OpenApi3Renderer(SwaggerJSONRenderer):
    codec_class = _OpenApi3Json


SWAGGER2_FORMATS = (JsonRenderer, OpenApiRenderer, YamlRenderer)


class DocumentationViews(NamedTuple):
    swagger: View
    redoc: View
    swagger2: View
    openapi3: View


def documentation_views(documented: Sequence[URLPattern]) -> DocumentationViews:
    """Return the views of Swagger UI, of ReDoc, and of the document alone.

    They document the patterns that have a name: each URL also works without its slash, by a pattern without a name.
    """
    named = [pattern for pattern in documented if pattern.name]
    schema = get_schema_view(
        INFO,
        public=True,
        patterns=named,
        generator_class=Generator,
        permission_classes=[AllowAny],
        authentication_classes=[],
    )
    return DocumentationViews(
        _with_same_host_policy(schema.as_view(renderer_classes=[SwaggerUIRenderer, *SWAGGER2_FORMATS])),
        _with_same_host_policy(schema.as_view(renderer_classes=[ReDocRenderer, *SWAGGER2_FORMATS])),
        schema.as_view(renderer_classes=[JsonRenderer], content_negotiation_class=JsonOut),
        schema.as_view(renderer_classes=[OpenApi3Renderer], content_negotiation_class=JsonOut),
    )


def with_definitions(document: Mapping[str, Any]) -> Json:
    """Return the document with each named schema defined once, and a reference wherever it stands.

    Nothing else has a title: programs that generate clients take a title for the name of a class.
    """
    found: Json = {}
    for name, schema in document["definitions"].items():
        found[name] = {"title": name, **_with_references(schema, found)}
    paths = {
        path: {
            method: _with_references(operation, found) for method, operation in item.items() if method != "parameters"
        }
        for path, item in document["paths"].items()
    }
    return {**document, "paths": paths, "definitions": dict(sorted(found.items()))}


def _with_references(part: Any, definitions: Json) -> Any:
    """Return a part of the document with a reference in place of each named schema, and add these to `definitions`."""
    if isinstance(part, list):
        return [_with_references(each, definitions) for each in part]
    if not isinstance(part, dict):
        return part
    kept = {
        key: value if key in EXAMPLES else _with_references(value, definitions)
        for key, value in part.items()
        if not (key == "title" and isinstance(value, str))
    }
    name = kept.pop(NAME, None)
    if name is None:
        return kept
    found = {"title": name, **kept}
    if definitions.setdefault(name, found) != found:
        raise ValueError(f"Two schemas are named {name}.")
    return {"$ref": f"#/definitions/{name}"}


def _with_same_host_policy(view: View) -> View:
    @wraps(view)
    def guarded_view(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        response["Content-Security-Policy"] = SAME_HOST
        return response

    return guarded_view
