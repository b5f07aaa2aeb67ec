"""A Swagger 2.0 document and the OpenAPI 3 document that says the same."""

from analytics.http.openapi3 import to_openapi3

OPERATION = {
    "operationId": "send",
    "security": [{"Bearer": []}],
    "parameters": [
        {"name": "data", "in": "body", "required": True, "schema": {"$ref": "#/definitions/A"}},
        {"name": "limit", "in": "query", "type": "integer", "maximum": 9, "description": "how many"},
    ],
    "responses": {
        "200": {
            "description": "ok",
            "schema": {"type": "array", "items": {"$ref": "#/definitions/A"}},
            "examples": {"application/json": [{"x-nullable": "kept"}]},
            "headers": {"X-Pending-Days": {"type": "integer", "description": "days"}},
        }
    },
}
DOCUMENT = {
    "swagger": "2.0",
    "info": {"title": "T", "version": "1"},
    "host": "example.com",
    "schemes": ["https"],
    "basePath": "/stats/",
    "paths": {"/a/": {"post": OPERATION}},
    "definitions": {
        "A": {"title": "A", "type": "string", "x-nullable": True, "example": {"x-nullable": "kept"}},
        "B": {"x-oneOf": [{"type": "string"}, {"$ref": "#/definitions/A"}]},
        "C": {"type": "object", "properties": {"$ref": {"type": "string"}}},
    },
    "securityDefinitions": {
        "Bearer": {"type": "apiKey", "in": "header", "name": "Authorization"},
        "Key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        "Basic": {"type": "basic"},
    },
}
CONVERTED = to_openapi3(DOCUMENT)


def test_the_server_has_scheme_host_and_path():
    assert CONVERTED["servers"] == [{"url": "https://example.com/stats"}]


def test_the_body_and_the_parameters_stand_apart():
    operation = CONVERTED["paths"]["/a/"]["post"]
    assert operation["requestBody"] == {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}},
    }
    assert operation["parameters"] == [
        {"name": "limit", "in": "query", "description": "how many", "schema": {"type": "integer", "maximum": 9}}
    ]


def test_an_answer_has_its_schema_example_and_headers():
    answer = CONVERTED["paths"]["/a/"]["post"]["responses"]["200"]
    assert answer["content"]["application/json"] == {
        "schema": {"type": "array", "items": {"$ref": "#/components/schemas/A"}},
        "example": [{"x-nullable": "kept"}],
    }
    assert answer["headers"] == {"X-Pending-Days": {"description": "days", "schema": {"type": "integer"}}}


def test_an_answer_may_have_examples_in_other_media_types():
    problem = {"status": 400}
    examples = {"application/json": {}, "text/csv": "a,b\r\n", "application/problem+json": problem}
    described = {"description": "ok", "schema": {"type": "object"}, "examples": examples}
    paths = {"/a/": {"post": {"responses": {"200": described}}}}
    content = to_openapi3({**DOCUMENT, "paths": paths})["paths"]["/a/"]["post"]["responses"]["200"]["content"]
    assert content == {
        "application/json": {"schema": {"type": "object"}, "example": {}},
        "text/csv": {"schema": {"type": "string"}, "example": "a,b\r\n"},
        "application/problem+json": {"schema": {"type": "object"}, "example": problem},
    }


def test_what_swagger_2_has_no_word_for_gets_its_word():
    schemas = CONVERTED["components"]["schemas"]
    assert schemas["A"] == {"title": "A", "type": "string", "nullable": True, "example": {"x-nullable": "kept"}}
    assert schemas["B"] == {"oneOf": [{"type": "string"}, {"$ref": "#/components/schemas/A"}]}


def test_a_property_may_have_any_name():
    assert CONVERTED["components"]["schemas"]["C"]["properties"] == {"$ref": {"type": "string"}}


def test_the_token_is_a_bearer_token_and_the_key_a_header():
    assert CONVERTED["components"]["securitySchemes"] == {
        "Bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        "Key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        "Basic": {"type": "http", "scheme": "basic"},
    }
