"""The documents that describe the API: complete, valid, and true to what is answered."""

import json
import subprocess
import sys

import pytest
import schemathesis
import yaml
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft4Validator
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance
from swagger_spec_validator.validator20 import validate_spec as validate_swagger2

from analytics.access.flow.create_key import SCOPES, create_key
from analytics.http.openapi import with_definitions
from analytics.tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

METHODS = {"get", "post", "put", "patch", "delete"}
JSON = "application/json"
few = settings(max_examples=10, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture
def swagger2(client):
    return client.get("/swagger.json").json()


@pytest.fixture
def openapi3(client):
    return client.get("/openapi.json").json()


def operations(document):
    """Return each operation of a document, by method and path."""
    return {(method, path): operation for path, item in document["paths"].items() for method, operation in item.items()}


def schemas(part):
    """Return each schema in a part of a document."""
    found = []
    if isinstance(part, list):
        return [schema for each in part for schema in schemas(each)]
    if isinstance(part, dict):
        found = [part["schema"]] if isinstance(part.get("schema"), dict) else []
        found += [
            schema for key, each in part.items() if key not in ("example", "examples") for schema in schemas(each)
        ]
    return found


def as_json_schema(part):
    """Return a part of an OpenAPI 3 document in the words of JSON Schema, which has no `nullable`."""
    if isinstance(part, list):
        return [as_json_schema(each) for each in part]
    if not isinstance(part, dict):
        return part
    schema = {key: as_json_schema(value) for key, value in part.items() if key != "nullable"}
    return {"anyOf": [schema, {"type": "null"}]} if part.get("nullable") is True else schema


@pytest.mark.parametrize("url", ["/swagger/", "/redoc/", "/swagger", "/redoc"])
def test_the_documentation_needs_no_token(client, reader, url):
    assert client.get(url).status_code == 200


@pytest.mark.parametrize("url", ["/swagger.json", "/swagger.json/", "/swagger/", "/redoc/"])
@pytest.mark.parametrize("accepted", [JSON, "application/openapi+json", "application/json, */*;q=0.5"])
def test_the_document_is_served_for_any_kind_of_json(client, url, accepted):
    answer = client.get(url, headers={"Accept": accepted})
    assert (answer.status_code, answer.json()["swagger"]) == (200, "2.0")


@pytest.mark.parametrize("accepted", [JSON, "application/openapi+json", "*/*", "text/html"])
def test_the_document_is_served_as_openapi_3_too(client, accepted):
    answer = client.get("/openapi.json", headers={"Accept": accepted})
    assert (answer.status_code, answer.json()["openapi"]) == (200, "3.0.3")


def test_the_document_is_valid_swagger_2(swagger2):
    validate_swagger2(swagger2)


def test_the_document_is_valid_openapi_3(openapi3, tmp_path):
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(openapi3))
    # In a process of its own: it registers schemas with jsonschema that bravado would then fetch from the network.
    command = [sys.executable, "-m", "openapi_spec_validator", "--schema", "3.0", str(document)]
    validated = subprocess.run(command, capture_output=True, text=True, check=False)
    assert validated.returncode == 0, validated.stdout


def test_both_documents_have_the_same_operations_answers_and_schemas(swagger2, openapi3):
    assert operations(swagger2).keys() == operations(openapi3).keys()
    assert len(operations(swagger2)) > 20
    for key, operation in operations(swagger2).items():
        assert operation["responses"].keys() == operations(openapi3)[key]["responses"].keys()
    assert swagger2["definitions"].keys() == openapi3["components"]["schemas"].keys()


def test_no_two_requests_and_no_two_schemas_have_the_same_name(swagger2):
    names = [operation["operationId"] for operation in operations(swagger2).values()]
    assert sorted(set(names)) == sorted(names)
    assert all(name.isidentifier() for name in names)
    titles = [schema["title"] for schema in swagger2["definitions"].values()]
    assert titles == list(swagger2["definitions"])


def test_each_answer_has_a_schema_and_an_example(swagger2):
    for key, operation in operations(swagger2).items():
        for status, answer in operation["responses"].items():
            assert "schema" in answer and JSON in answer["examples"], (key, status)


def test_each_operation_says_how_it_fails(swagger2):
    for (method, path), operation in operations(swagger2).items():
        expected = {"400", "401", "503"} | ({"411", "413", "415"} if method == "post" else set())
        assert expected <= operation["responses"].keys(), path


def test_each_operation_says_who_may_call_it(swagger2):
    known = swagger2["securityDefinitions"]
    assert {name: scheme.get("name") for name, scheme in known.items()} == {
        "Bearer": "Authorization",
        "Key": "X-API-Key",
        "Basic": None,
    }
    security = {operation["operationId"]: operation["security"] for operation in operations(swagger2).values()}
    assert {scheme for each in security.values() for one in each for scheme in one} == set(known)
    assert [name for name, each in security.items() if not each] == ["obtain_token", "renew_token"]
    assert security["send_event"] == [{"Key": []}]
    assert security["root"] == [{"Basic": []}]


def test_each_parameter_is_declared_once_with_its_type(swagger2):
    for (_, path), operation in operations(swagger2).items():
        parameters = operation.get("parameters", [])
        names = [each["name"] for each in parameters]
        assert len(names) == len(set(names))
        assert {name for name in names if f"{{{name}}}" in path} == {
            each["name"] for each in parameters if each["in"] == "path"
        }
        assert path.count("{") == sum(each["in"] == "path" for each in parameters)
        assert all("type" in each or "schema" in each for each in parameters)
        assert "apikey" not in names


def test_a_list_is_described_where_a_list_is_taken(openapi3):
    bodies = {
        operation["operationId"]: operation["requestBody"]["content"][JSON]["schema"]
        for operation in operations(openapi3).values()
        if "requestBody" in operation
    }
    lists = {name: body["oneOf"][1]["items"]["$ref"] for name, body in bodies.items() if "oneOf" in body}
    assert lists == {
        "send_event": "#/components/schemas/NewEvent",
        "send_view": "#/components/schemas/NewBlogView",
    }


def test_the_examples_are_valid(openapi3):
    components = as_json_schema(openapi3["components"])

    def require_valid(schema, example):
        Draft4Validator({"components": components, "allOf": [as_json_schema(schema)]}).validate(example)

    checked = 0
    for name, schema in openapi3["components"]["schemas"].items():
        if "example" in schema:
            require_valid({"$ref": f"#/components/schemas/{name}"}, schema["example"])
            checked += 1
    for operation in operations(openapi3).values():
        for answer in operation["responses"].values():
            content = answer["content"][JSON]
            require_valid(content["schema"], content["example"])
            checked += 1
        for schema in schemas(operation.get("requestBody")):
            if "example" in schema:
                require_valid(schema, schema["example"])
                checked += 1
    assert checked > 100


def test_each_question_has_its_headers_and_examples(swagger2):
    questions = [
        (path, operation)
        for (method, path), operation in operations(swagger2).items()
        if operation["tags"] == ["analytics"] and method == "post"
    ]
    assert {path for path, _ in questions} == {
        "/api/analytics/blog-views/{object_type}/",
        "/api/analytics/top/{top_type}/",
        "/api/analytics/performance/",
        "/api/analytics/events/",
        "/api/analytics/query/",
    }
    for _, question in questions:
        assert "X-Pending-Days" in question["responses"]["200"]["headers"]


def test_the_documents_begin_with_the_address_under_which_a_proxy_serves_them(client, settings):
    settings.IDEEZA_PROXIES = ["127.0.0.0/8"]
    asked = {"Host": "localhost:8443", "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/stats"}
    swagger2, openapi3 = (client.get(f"/{name}.json", headers=asked).json() for name in ("swagger", "openapi"))
    assert (swagger2["schemes"], swagger2["host"], swagger2["basePath"]) == (["https"], "localhost:8443", "/stats")
    assert openapi3["servers"] == [{"url": "https://localhost:8443/stats"}]


@pytest.fixture
def credentials(client, reader, settings):
    settings.IDEEZA_API_OPEN = False
    body = {"username": "reader", "password": PASSWORD}
    token = client.post("/api/token/", body, content_type=JSON).json()["access"]
    return {"Authorization": f"Bearer {token}", "X-API-Key": create_key("documented", [], SCOPES)}


@pytest.mark.parametrize("mode", GenerationMode)
def test_each_answer_is_as_described(kept_connection, credentials, mode):
    described = schemathesis.openapi.from_wsgi("/openapi.json", get_wsgi_application())
    checks = [not_a_server_error, status_code_conformance, response_schema_conformance]
    for found in described.get_all_operations():

        @few
        @given(case=found.ok().as_strategy(mode))
        def answered(case):
            case.validate_response(case.call(headers=credentials), checks=checks)

        answered()


def test_two_schemas_of_one_name_are_refused():
    answers = {
        str(status): {"schema": {"x-name": "A", "type": kind}} for status, kind in ((200, "string"), (201, "object"))
    }
    document = {"definitions": {}, "paths": {"/a/": {"get": {"responses": answers}}}}
    with pytest.raises(ValueError, match="Two schemas are named A"):
        with_definitions(document)


def test_a_named_schema_is_defined_once_without_the_titles_inside():
    named = {"x-name": "A", "type": "object", "properties": {"title": {"title": "Title", "type": "string"}}}
    document = {"definitions": {}, "paths": {"/a/": {"parameters": [], "get": {"schema": {"items": named}}}}}
    assert with_definitions(document) == {
        "definitions": {"A": {"title": "A", "type": "object", "properties": {"title": {"type": "string"}}}},
        "paths": {"/a/": {"get": {"schema": {"items": {"$ref": "#/definitions/A"}}}}},
    }


def test_the_pages_hold_the_document_as_yaml_too(client):
    answer = client.get("/swagger/", headers={"Accept": "application/yaml"})
    assert yaml.safe_load(answer.content) == client.get("/swagger.json").json()
