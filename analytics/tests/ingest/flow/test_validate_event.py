"""Events are checked against the JSON Schema of their kind."""

import json

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.urls import reverse

from analytics.models import ErrorRecord, Event, EventSchema
from analytics.tests.ingest.conftest import CLICK, PAGE_VIEW, SUBMIT

pytestmark = pytest.mark.django_db


def test_an_event_that_does_not_match_its_schema_becomes_an_error_record(send, client, event_schema):
    broken = {**PAGE_VIEW, "data": {"host": 7}}
    response = send(broken)
    assert response.status_code == 400
    assert response.json() == {"data": ['data.host: 7 is not of type "string"'], "status_code": 400}
    assert send([broken, CLICK, PAGE_VIEW]).json()["stored"] == 2
    (record,) = client.get("/events/errors/?name=pageview").json()["results"]
    assert (record["field"], record["payload"]) == ("data.host", broken)
    assert client.get("/events/errors/?name=other").json()["count"] == 0


def test_an_error_is_recorded_whatever_else_was_sent(send, event_schema):
    answer = send([{**PAGE_VIEW, "data": {}, "more": "\0"}, CLICK]).json()
    assert (answer["stored"], len(answer["errors"])) == (1, 1)
    assert ErrorRecord.objects.get().payload["more"] == "\ufffd"


def test_a_schema_must_be_valid():
    with pytest.raises(ValidationError):
        EventSchema(category="c", name="n", schema={"type": "nothing"}).full_clean()
    EventSchema(category="c", name="n", schema={"type": "object"}).full_clean()


def test_an_invalid_schema_rejects_every_event(send):
    EventSchema.objects.create(category="page interaction", name="pageview", schema={"type": "nothing"})
    EventSchema.objects.create(
        category="page interaction", name="cta click", schema={"$ref": "https://example.com/schema"}
    )
    assert send(PAGE_VIEW).status_code == send(CLICK).status_code == 400


def test_a_schema_that_takes_too_much_work_rejects_every_event_and_says_why(send):
    twice = {"allOf": [{"additionalProperties": {"$ref": "#"}}, {"additionalProperties": {"$ref": "#"}}]}
    EventSchema.objects.create(category="page interaction", name="pageview", schema=twice)
    assert send([PAGE_VIEW, CLICK]).json()["stored"] == 1
    assert "The rule itself is broken: Could take too much work" in ErrorRecord.objects.get().reason


@pytest.mark.parametrize("number", ["9" * 401, "-" + "9" * 401, "9" * 5_000, "1e400", "-1e400"])
@pytest.mark.parametrize("url", ["/events/", "/eye"])
def test_a_huge_number_is_refused_by_name(client, event_schema, url, number):
    event_schema.schema = {"properties": {"n": {"multipleOf": 7.5}}}
    event_schema.save()
    sent = json.dumps({**PAGE_VIEW, "data": {"n": "N"}}).replace('"N"', number)
    response = client.post(url, sent, content_type="application/json")
    assert (response.status_code, b"data.n" in response.content or url == "/eye") == (400, True)


@pytest.mark.parametrize("number", ["9" * 401, "9" * 5_000, "1e400"])
@pytest.mark.parametrize("more", ["", ', "more": 1e400, "event_id": 1e400, "timestamp": 1e400'])
def test_an_event_with_a_huge_number_leaves_the_others_of_its_list(client, event_schema, number, more):
    event_schema.schema = {"properties": {"n": {"multipleOf": 7.5}}}
    event_schema.save()
    broken = json.dumps({**PAGE_VIEW, "data": {"n": "N"}}).replace('"N"', number)[:-1] + more + "}"
    sent = f"[{broken}, {json.dumps(CLICK)}, {number}, {json.dumps(SUBMIT)}]"
    answer = client.post("/events/", sent, content_type="application/json").json()
    assert (answer["stored"], [error["index"] for error in answer["errors"]]) == (2, [0, 2])
    assert Event.objects.count() == 2


def test_a_rejected_event_is_recorded_with_the_huge_number_beside_its_data(client, event_schema):
    broken = json.dumps({**PAGE_VIEW, "data": {}})[:-1] + ', "more": 1e400}'
    assert client.post("/events/", broken, content_type="application/json").status_code == 400
    assert ErrorRecord.objects.get().payload["more"] == "1e400"


@pytest.mark.parametrize(
    "schema", ["[" * 100_000, '{"a":' * 3_000 + "1" + "}" * 3_000, '{"minimum": %s}' % ("9" * 5_000), '{"const": NaN}']
)
def test_the_admin_refuses_a_schema_that_cannot_be_read(client, db, schema):
    client.force_login(User.objects.create_superuser("root"))
    sent = {"category": "c", "name": "n", "schema": schema}
    assert client.post(reverse("admin:analytics_eventschema_add"), sent).status_code == 200
    assert not EventSchema.objects.exists()


def test_the_admin_names_what_is_wrong_with_a_schema(client, db):
    client.force_login(User.objects.create_superuser("root"))
    sent = {"category": "c", "name": "n", "schema": '{"pattern": "(?=a)b"}'}
    assert "no look-around" in client.post(reverse("admin:analytics_eventschema_add"), sent).content.decode()
    assert client.post(reverse("admin:analytics_eventschema_add"), sent | {"schema": '{"a": 1}'}).status_code == 302
