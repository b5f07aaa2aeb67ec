"""What an operation documents is what it takes."""

import pytest

from analytics.access.flow.create_key import SCOPES, create_key
from analytics.http.operations import array, integer, list_of, named_object, one_or_list, query_parameters, text
from analytics.tests.conftest import PASSWORD
from ideeza import urls

pytestmark = pytest.mark.django_db

EXEMPT = {"healthz", "readyz", "metrics", "tracker.js"}
VALUES = {"object_type": "country", "top_type": "blog", "by": "session", "id": "1"}


def handlers():
    """Return the handlers of each URL of the API, by method and route, the nameless spellings included."""
    found = {}
    for pattern in urls.api:
        route = str(pattern.pattern)
        if route.rstrip("/") in EXEMPT or route.startswith("^"):  # a pattern of other spellings
            continue
        view = pattern.callback.view_class
        found |= {(method, route): getattr(view, method) for method in ("get", "post") if hasattr(view, method)}
    return found


def address(route):
    for name, value in VALUES.items():
        for kind in ("str:", "int:", "counted:"):
            route = route.replace(f"<{kind}{name}>", value)
    return f"/{route}"


@pytest.fixture
def credentials(client, reader):
    reader.is_staff = True
    reader.save()
    body = {"username": "reader", "password": PASSWORD}
    token = client.post("/api/token/", body, content_type="application/json").json()["access"]
    client.force_login(reader)
    return {"Authorization": f"Bearer {token}", "X-API-Key": create_key("strict", [], SCOPES)}


def test_each_operation_is_documented():
    assert len(handlers()) > 40
    for key, handler in handlers().items():
        assert "operation_id" in handler._swagger_auto_schema, key


@pytest.mark.parametrize(("method", "route"), handlers())
def test_an_unknown_query_parameter_is_refused_by_name(client, credentials, method, route):
    headers = credentials if "users" not in route and route.strip("/") != "api" else {}
    answer = getattr(client, method)(f"{address(route)}?colour=red&apikey", headers=headers)
    assert answer.status_code == 400, answer.content
    assert answer.json()["colour"][0].startswith("Unknown query parameter. Known are: ")


@pytest.mark.parametrize(("method", "route"), handlers())
def test_the_documented_query_parameters_are_known(client, credentials, method, route):
    known = query_parameters(handlers()[method, route]._swagger_auto_schema)
    headers = credentials if "users" not in route and route.strip("/") != "api" else {}
    asked = "&".join(f"{name}=1" for name in known - {"apikey"})
    answer = getattr(client, method)(f"{address(route)}?{asked}", headers=headers)
    assert "Unknown query parameter" not in b"".join(answer).decode()


def test_who_may_not_call_learns_that_before_anything_of_the_parameters(client, reader):
    open_to_all = {"api/token", "api/token/", "api/token/refresh", "api/token/refresh/"}
    for method, route in (key for key in handlers() if key[1] not in open_to_all):
        assert getattr(client, method)(f"{address(route)}?colour=red").status_code == 401, (method, route)
    unknown = "?colour=red&apikey=nobody"
    assert client.get(f"/api/visits/{unknown}").json()["detail"] == "Invalid token"
    assert client.get(f"/api/v1.0/increasingconcurrents{unknown}").json()["detail"] == "Invalid token"
    assert client.get("/live/toppages/?colour=red", headers={"X-CB-AK": "nobody"}).status_code == 401


@pytest.mark.parametrize(
    "url", ["/healthz", "/readyz", "/tracker.js", "/swagger/", "/swagger.json", "/openapi.json", "/dashboard/login/"]
)
def test_pages_scripts_and_probes_take_any_query(client, url):
    assert client.get(f"{url}?v=2").status_code == 200


def test_a_key_in_the_address_is_for_operations_that_take_keys(client, reader):
    key = create_key("shop", [], SCOPES)
    assert client.get(f"/api/domains/?apikey={key}").status_code == 200
    assert client.post(f"/api/token/?apikey={key}").json().keys() == {"apikey"}


def test_an_event_with_an_unknown_query_parameter_is_not_stored(client):
    event = {"session_id": "s", "category": "c", "name": "n"}
    answer = client.post("/events/?nmae=x", event, content_type="application/json")
    assert (answer.status_code, answer.json()["status_code"]) == (400, 400)
    assert client.get("/events/").json()["count"] == 0


def test_so_many_unknown_names_are_listed_and_no_more(client):
    names = "&".join(f"p{number}=" for number in range(50))
    assert len(client.get(f"/api/domains/?{names}").json()) == 10


def test_properties_are_required_unless_they_are_optional():
    assert named_object("M", {"a": text(), "b": integer()}, optional=("b",))["required"] == ["a"]
    assert "required" not in named_object("M", {"a": text()}, optional=("a",))


def test_one_or_list_keeps_the_example_of_one():
    single = named_object("M", {}, example={"a": 1})
    assert one_or_list(single, 5)["x-oneOf"] == [single, array(single, maxItems=5)]
    assert one_or_list(single, 5)["example"] == {"a": 1}


def test_a_slice_has_a_link_to_the_next_one_or_null():
    assert list_of("L", text())["properties"]["next"]["x-nullable"] is True
