"""API keys: who may collect and read."""

import json

import pytest
from django.core.management import call_command
from django.utils import timezone
from rest_framework.exceptions import PermissionDenied

from analytics.access.api.api_keys import require_read_key
from analytics.models import ApiKey, Application, ErrorRecord, Event, EventSchema

CLICK = {"session_id": "s", "category": "page", "name": "click", "data": {}, "timestamp": "2021-01-01T00:00:00Z"}
OWN = {**CLICK, "name": "pageview", "data": {"host": "own.example", "path": "/"}}
FOREIGN = {**CLICK, "name": "pageview", "data": {"host": "foreign.example", "path": "/"}}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def closed(settings):
    settings.IDEEZA_API_OPEN = False


@pytest.fixture
def key(capsys):
    def create(name="site", *options):
        call_command("create_key", name, *options)
        return capsys.readouterr().out.strip()

    return create


@pytest.fixture
def send(client):
    def post(sent, key="", url="/events/", **headers):
        named = {"X-API-Key": key} if key else {}
        return client.post(url, json.dumps(sent), content_type="application/json", headers={**named, **headers})

    return post


@pytest.mark.parametrize("url", ["/events/", "/eye", "/api/analytics/views/"])
def test_without_a_key_nothing_is_accepted(send, url):
    assert send(CLICK, url=url).status_code == 401
    response = send(CLICK, url=url, key="unknown")
    assert (response.status_code, response.json()["detail"]) == (401, "Invalid token")


def test_a_key_may_be_in_the_query(client, key):
    url = f"/events/?apikey={key()}"
    assert client.post(url, json.dumps(CLICK), content_type="application/json").status_code == 201


@pytest.mark.parametrize("value", ["a" * 32, "0123456789" * 4, "k"])
def test_a_key_of_any_length_is_accepted(send, key, value):
    assert key("site", "--key", value) == value
    assert send(CLICK, value).status_code == 201


def test_an_event_has_the_application_that_sent_it(send, key):
    send(CLICK, key("one"))
    send({**CLICK, "name": "other"}, key("two"))
    assert list(Event.objects.order_by("id").values_list("application__name", flat=True)) == ["one", "two"]


def test_two_applications_may_use_the_same_event_id(send, key):
    assert send({**CLICK, "event_id": "1"}, key("one")).status_code == 201
    assert send({**CLICK, "name": "other", "event_id": "1"}, key("two")).status_code == 201


def test_a_revoked_key_is_refused_at_once(send, key):
    value = key()
    assert send(CLICK, value).status_code == 201
    revoked = ApiKey.objects.get()
    revoked.revoked_at = timezone.now()
    revoked.save()
    assert send({**CLICK, "name": "later"}, value).status_code == 401


def test_a_key_for_reading_does_not_collect(send, key):
    assert send(CLICK, key("site", "--scope", "read")).status_code == 403


def test_a_key_for_collecting_does_not_read(rf, key):
    value = key("site", "--scope", "collect")
    with pytest.raises(PermissionDenied):
        require_read_key(rf.get(f"/?apikey={value}"))


def test_events_are_read_with_a_token_and_not_with_a_key(client, key):
    assert client.get(f"/events/?apikey={key()}").status_code == 401


@pytest.mark.parametrize(
    "origin, status",
    [
        ("https://own.example", 201),
        ("https://OWN.example:8443", 201),
        ("https://foreign.example", 403),
        ("null", 403),
        ("file://", 403),
    ],
)
def test_a_bound_key_works_on_its_own_pages_only(send, key, origin, status):
    response = send(CLICK, key("site", "--domain", "own.example"), Origin=origin)
    assert response.status_code == status
    assert response.headers["access-control-allow-origin"] == "*"


def test_a_bound_key_sends_page_views_of_its_own_sites_only(send, key):
    value = key("site", "--domain", "own.example")
    assert send(OWN, value).status_code == 201
    assert send(FOREIGN, value).status_code == 400
    assert [error["index"] for error in send([OWN, FOREIGN], value).json()["errors"]] == [1]


def test_an_unbound_key_sends_page_views_of_sites_without_an_owner(send, key):
    unbound, _ = key("unbound"), key("site", "--domain", "own.example")
    assert send(FOREIGN, unbound).status_code == 201
    assert send(OWN, unbound).status_code == 400


def test_the_preflight_request_of_a_page_is_answered(client):
    response = client.options(
        "/events/",
        headers={
            "Origin": "https://any.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type,x-api-key",
        },
    )
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in response.headers


def test_questions_from_other_origins_are_not_allowed(client):
    response = client.options(
        "/api/analytics/performance/",
        headers={"Origin": "https://any.example", "Access-Control-Request-Method": "POST"},
    )
    assert "access-control-allow-origin" not in response.headers


def test_a_key_is_not_stored_in_error_records(send, key):
    value = key()
    EventSchema.objects.create(category="page", name="click", schema={"maxProperties": 0})
    assert send({**CLICK, "data": {"apikey": value}}, value).status_code == 400
    assert value not in json.dumps(ErrorRecord.objects.get().payload)


@pytest.mark.parametrize("value", ["12345678", "0", "n", "u0000", '"'])
def test_a_key_inside_other_values_leaves_the_error_record_readable(send, key, value):
    key("site", "--key", value)
    EventSchema.objects.create(category="page", name="click", schema={"required": ["host"]})
    data = {"z": 1123456789, "same": 12345678, "text": f"\n {value}", value: [value], "half": 0.5}
    deep = json.loads("[" * 400 + "]" * 400)
    assert send({**CLICK, "data": data, "deep": deep}, value).status_code == 400
    stored = ErrorRecord.objects.get().payload["data"]
    assert stored["z".replace(value, "[key]")] == 1123456789
    assert stored["[key]"] == ["[key]"]
    assert "half".replace(value, "[key]") in stored


def test_only_a_hash_of_a_key_is_stored(key):
    value = key()
    stored = ApiKey.objects.get()
    assert value not in (stored.digest, stored.hint)
    assert Application.objects.get().name == "site"
