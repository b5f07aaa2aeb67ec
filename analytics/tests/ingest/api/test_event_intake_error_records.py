"""Every JSON object that is refused leaves an error record; nothing else does."""

import json

import pytest
from django.test import Client

from analytics.models import ErrorRecord, Event
from analytics.tests.ingest.conftest import CLICK

pytestmark = pytest.mark.django_db


def nested(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


REFUSED = {
    "no name": ({"session_id": "s", "category": "c"}, "name", "This field is required."),
    "a number as a name": ({**CLICK, "name": 7}, "name", "Not a valid string."),
    "a name that is too long": ({**CLICK, "name": "x" * 256}, "name", "Ensure this field has no more than 255"),
    "a list as data": ({**CLICK, "data": [1]}, "data", "Must be a JSON object."),
    "NUL in data": ({**CLICK, "data": {"a": "\0"}}, "data", "Holds a NUL character"),
    "NUL in a name": ({**CLICK, "session_id": "a\0b"}, "session_id", "Not a valid string."),
    "no time": ({**CLICK, "timestamp": "yesterday"}, "timestamp", "Must be an ISO 8601 date and time"),
    "a time before the calendar": ({**CLICK, "timestamp": "1969-12-31"}, "timestamp", "Must be an ISO 8601"),
    "the distant future": ({**CLICK, "timestamp": "2999-01-01T00:00:00Z"}, "timestamp", "Timestamp cannot be future"),
    "no field at all": ({}, "session_id", "This field is required."),
}


@pytest.mark.parametrize(("sent", "field", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_refused_object_is_recorded_by_both_dialects(client, sent, field, reason):
    assert client.post("/events/", json.dumps(sent), "application/json").status_code == 400
    (record,) = ErrorRecord.objects.all()
    assert (record.field, record.reason.startswith(reason)) == (field, True)
    assert client.post("/eye", json.dumps(sent), "application/json").status_code == 400
    assert ErrorRecord.objects.count() == 1 and not Event.objects.exists()  # an equal record is stored once


def test_the_second_dialect_says_that_a_time_in_the_distant_future_is_one(client):
    answer = client.post("/eye", json.dumps({**CLICK, "timestamp": "2999-01-01"}), "application/json")
    assert (answer.status_code, answer.json()) == (400, "Timestamp cannot be future")
    listed = client.get("/events/errors/").json()["results"]
    assert [record["payload"]["timestamp"] for record in listed] == ["2999-01-01"]


def test_data_nested_too_deeply_is_recorded(client):
    body = json.dumps({**CLICK, "data": None}).replace("null", nested(101))
    assert client.post("/events/", body, "application/json").status_code == 400
    assert ErrorRecord.objects.get().field == "data"


@pytest.mark.parametrize("levels", [101, 700, 5_000, 20_000, 100_000])
def test_data_nested_however_deeply_is_refused_alone(client, levels):
    deep = json.dumps({**CLICK, "name": "deep", "data": None}).replace("null", nested(levels))
    events = [json.dumps({**CLICK, "name": name}) for name in ("before", "after")]
    answer = client.post("/events/", f"[{events[0]}, {deep}, {events[1]}]", "application/json").json()
    assert (answer["stored"], answer["errors"]) == (2, [{"index": 1, "data": ["Nested deeper than 100."]}])
    assert sorted(Event.objects.values_list("kind__name", flat=True)) == ["after", "before"]
    assert ErrorRecord.objects.get().name == "deep"


def test_each_refused_object_of_a_list_is_recorded_and_nothing_else(client):
    answer = client.post(
        "/events/", json.dumps([CLICK, {"name": "x"}, "no event", 7, {"name": "y"}]), "application/json"
    )
    assert answer.json()["stored"] == 1
    assert sorted(ErrorRecord.objects.values_list("name", flat=True)) == ["x", "y"]


def test_what_is_no_object_leaves_no_record():
    for body in ("7", '"text"', "null", "{"):
        assert Client().post("/events/", body, "application/json").status_code == 400
    assert not ErrorRecord.objects.exists()
