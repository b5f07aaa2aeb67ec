"""Convert our Swagger 2.0 document to OpenAPI 3.0, so that both are made from one description.

Not a converter of any document: ours has no forms and no files. Whatever has a schema is JSON; an answer may have
examples in other media types.
"""

from collections.abc import Mapping
from typing import Any

from analytics.http.operations import ONE_OF

Json = dict[str, Any]

JSON = "application/json"
RENAMED = {ONE_OF: "oneOf", "x-nullable": "nullable"}
PARAMETER_KEYS = ("name", "in", "description", "required")
EXAMPLES = ("example", "examples")
OTHER_TYPES = {dict: "object"}
"""The type of what is sent in other media types, by that of its example."""


def to_openapi3(document: Mapping[str, Any]) -> Json:
    """Return the OpenAPI 3.0 document that says what this Swagger 2.0 document says."""
    base = document["basePath"].rstrip("/")
    return {
        "openapi": "3.0.3",
        "info": document["info"],
        "servers": [{"url": f"{scheme}://{document['host']}{base}"} for scheme in document["schemes"]],
        "paths": {
            path: {method: _operation(operation) for method, operation in item.items()}
            for path, item in document["paths"].items()
        },
        "components": {
            "schemas": {name: _schema(schema) for name, schema in document["definitions"].items()},
            "securitySchemes": {
                name: _security_scheme(name, scheme) for name, scheme in document["securityDefinitions"].items()
            },
        },
    }


def _operation(operation: Json) -> Json:
    parameters = operation.get("parameters", [])
    kept = ("operationId", "summary", "description", "security", "tags")
    converted = {key: operation[key] for key in kept if key in operation}
    converted["parameters"] = [_parameter(each) for each in parameters if each["in"] != "body"]
    for each in parameters:
        if each["in"] == "body":
            converted["requestBody"] = {"required": each["required"], "content": _content(each["schema"])}
    return {**converted, "responses": {status: _response(each) for status, each in operation["responses"].items()}}


def _parameter(parameter: Json) -> Json:
    schema = {key: value for key, value in parameter.items() if key not in PARAMETER_KEYS}
    return {**{key: parameter[key] for key in PARAMETER_KEYS if key in parameter}, "schema": _schema(schema)}


def _response(response: Json) -> Json:
    content = _content(response["schema"])
    for media_type, example in response.get("examples", {}).items():
        described = content.setdefault(media_type, {"schema": {"type": OTHER_TYPES.get(type(example), "string")}})
        described["example"] = example
    headers = {name: _header(header) for name, header in response.get("headers", {}).items()}
    return {"description": response["description"], "content": content, **({"headers": headers} if headers else {})}


def _header(header: Json) -> Json:
    schema = {key: value for key, value in header.items() if key != "description"}
    return {"description": header.get("description", ""), "schema": schema}


def _content(schema: Json) -> Json:
    return {JSON: {"schema": _schema(schema)}}


def _schema(schema: Any) -> Any:
    """Return a schema, or a part of one, with the words and the references of OpenAPI 3."""
    if isinstance(schema, list):
        return [_schema(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    converted = {RENAMED.get(key, key): value if key in EXAMPLES else _schema(value) for key, value in schema.items()}
    if isinstance(reference := converted.get("$ref"), str):
        converted["$ref"] = reference.replace("#/definitions/", "#/components/schemas/")
    return converted


def _security_scheme(name: str, scheme: Json) -> Json:
    if scheme["type"] == "basic":
        return {"type": "http", "scheme": "basic"}
    if name == "Bearer":
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    return scheme
