"""`/events/`: the first of the two APIs of The Eye."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from analytics.models import Event
from analytics.tests.ingest.conftest import CLICK, PAGE_VIEW

pytestmark = pytest.mark.django_db


def test_an_event_is_stored_and_answered_with_its_id(send, client):
    response = send(PAGE_VIEW)
    assert response.status_code == 201
    event = response.json()
    assert event == {**PAGE_VIEW, "id": event["id"], "timestamp": "2021-01-01T09:15:27.243860Z"}
    assert client.get(f"/events/{event['id']}").json() == event
    assert client.get(reverse("event-detail", args=[event["id"]])).json() == event


def test_an_event_is_stored_while_queries_are_logged(send):
    """With DEBUG, Django also formats each query as text."""
    with CaptureQueriesContext(connection):
        assert send(PAGE_VIEW).status_code == 201


def test_data_and_timestamp_may_be_left_out(send):
    event = send({name: PAGE_VIEW[name] for name in ("session_id", "category", "name")}).json()
    assert event["data"] == {}
    assert event["timestamp"].endswith("Z")


def test_a_form_is_accepted(client):
    response = client.post("/events", {**CLICK, "data": json.dumps(CLICK["data"])})
    assert response.status_code == 201
    assert response.json()["data"] == CLICK["data"]


@pytest.mark.parametrize("missing", ["session_id", "category", "name"])
def test_a_missing_field_is_named(send, missing):
    response = send({name: value for name, value in PAGE_VIEW.items() if name != missing})
    assert response.status_code == 400
    assert response.json() == {missing: ["This field is required."], "status_code": 400}


def test_all_missing_fields_are_named(send):
    assert set(send({}).json()) == {"session_id", "category", "name", "status_code"}


@pytest.mark.parametrize(
    "field, value",
    [
        ("session_id", ""),
        ("session_id", "  "),
        ("session_id", None),
        ("session_id", 7),
        ("session_id", "a\0b"),
        ("category", "c" * 256),
        ("name", []),
        ("data", []),
        ("data", "text"),
        ("data", None),
        ("data", {"a": {"b": "c\0"}}),
        ("data", {"a\0": 1}),
        ("timestamp", "yesterday"),
        ("timestamp", 1609492527),
        ("timestamp", "1969-12-31T23:59:59Z"),
        ("timestamp", "9999-12-31T23:59:59-14:00"),
        ("event_id", 7),
        ("event_id", ""),
    ],
)
def test_a_wrong_field_is_named(send, field, value):
    response = send({**PAGE_VIEW, field: value})
    assert response.status_code == 400
    assert set(response.json()) == {field, "status_code"}
    assert not Event.objects.exists()


def test_an_escaped_backslash_is_not_a_nul(send):
    assert send({**PAGE_VIEW, "data": {"path": "C:\\u0000"}}).status_code == 201


def test_data_may_be_a_hundred_levels_deep(send):
    def nested(depth):
        return {"a": nested(depth - 1)} if depth > 1 else {}

    assert send({**PAGE_VIEW, "data": nested(100)}).status_code == 201
    assert set(send({**PAGE_VIEW, "data": nested(101)}).json()) == {"data", "status_code"}


def test_extremely_deep_json_is_refused(client):
    text = '{"session_id": "s", "category": "c", "name": "n", "data": ' + '{"a":' * 50_000 + "1" + "}" * 50_001
    assert client.post("/events/", text, content_type="application/json").status_code == 400


def test_the_same_event_is_stored_once_whatever_the_order_of_its_keys(send):
    first = send(PAGE_VIEW).json()
    data = dict(reversed(PAGE_VIEW["data"].items()))
    again = send({**PAGE_VIEW, "data": {**data, "nested": {"a": [1, 2.5, None, True], "b": 1}}})
    assert again.status_code == 400
    assert "non_field_errors" in again.json()
    assert again.json()["id"] == first["id"]
    assert Event.objects.count() == 1


@pytest.mark.parametrize("field, value", [("session_id", "other"), ("data", {}), ("timestamp", "2021-01-01T09:15:28Z")])
def test_an_event_that_differs_in_one_field_is_another(send, field, value):
    send(PAGE_VIEW)
    assert send({**PAGE_VIEW, field: value}).status_code == 201


def test_with_an_event_id_a_retry_is_answered_as_the_first_time(send):
    first = send({**PAGE_VIEW, "event_id": "one"})
    retry = send({**PAGE_VIEW, "event_id": "one"})
    changed = send({**CLICK, "event_id": "one"})
    assert (first.status_code, retry.status_code, changed.status_code) == (201, 200, 200)
    assert first.json() == retry.json() == changed.json()
    assert send({**PAGE_VIEW, "event_id": "two"}).status_code == 400
    assert Event.objects.count() == 1


def test_a_retry_whose_event_is_erased_meanwhile_is_to_be_sent_again(send, monkeypatch):
    send({**PAGE_VIEW, "event_id": "one"})
    monkeypatch.setattr("analytics.ingest.flow.list_events.event", lambda id: None)
    assert send({**PAGE_VIEW, "event_id": "one"}).status_code == 503


def test_a_wrong_event_of_a_list_does_not_reject_the_others(send):
    response = send(
        [PAGE_VIEW, {"session_id": "s"}, "no event", PAGE_VIEW, CLICK, {**CLICK, "timestamp": "2190-01-01"}]
    )
    assert response.status_code == 200
    answer = response.json()
    assert (answer["size"], answer["stored"], answer["duplicates"]) == (6, 2, 1)
    assert [error["index"] for error in answer["errors"]] == [1, 2, 5]
    assert answer["errors"][0]["name"] == ["This field is required."]
    assert len(answer["ids"]) == 3
    assert len(set(answer["ids"])) == 2


def test_the_same_list_again_stores_nothing(send):
    several = [{**CLICK, "data": {"n": n}} for n in range(300)]
    first, again = send(several).json(), send(several).json()
    assert (first["stored"], again["stored"], again["duplicates"]) == (300, 0, 300)
    assert first["ids"] == again["ids"] == sorted(first["ids"])


def test_a_thousand_events_are_the_most(send):
    assert send([{**CLICK, "data": {"n": n}} for n in range(1001)]).status_code == 400
    assert not Event.objects.exists()


def test_there_is_nothing_at_an_unknown_id(client):
    response = client.get("/events/4711/")
    assert (response.status_code, response.json()) == (404, {"detail": "Not found.", "status_code": 404})
    assert client.get(f"/events/{2**70}/").status_code == 404


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_events_are_not_changed(client, three_events, method):
    for url in ("/events/", f"/events/{Event.objects.first().pk}/"):
        assert getattr(client, method)(url, {}, content_type="application/json").status_code == 405


def test_an_event_from_the_future_becomes_an_error_record(send, client):
    response = send({**CLICK, "timestamp": "2190-01-01T00:00:00Z"})
    assert response.status_code == 400
    assert response.json() == {"timestamp": ["Timestamp cannot be future"], "status_code": 400}
    (record,) = client.get("/events/errors/").json()["results"]
    assert (record["field"], record["payload"]["timestamp"]) == ("timestamp", "2190-01-01T00:00:00Z")
    assert not Event.objects.exists()


@pytest.mark.parametrize("kind", ["application/xml", "image/png"])
def test_a_body_of_another_kind_is_refused(client, kind):
    response = client.post("/events/", b"<a/>", content_type=kind)
    assert (response.status_code, response.json()["status_code"]) == (415, 415)


def test_a_body_that_is_too_large_is_refused(client):
    assert client.post("/events/", b" " * 1_000_001, content_type="application/json").status_code == 413


@pytest.mark.parametrize("text", [b"{", b"\xff", b"nan", b'{"session_id": "\\ud800"}', b"1e999"])
def test_what_is_no_json_is_refused(client, text):
    assert client.post("/events/", text, content_type="application/json").status_code == 400


def test_a_list_is_stored_while_queries_are_logged(send):
    """Django then formats the parameters into the text of each query."""
    with CaptureQueriesContext(connection):
        assert send([PAGE_VIEW, CLICK]).json()["stored"] == 2


def test_a_lone_surrogate_is_read_as_the_replacement_character_and_rejects_nothing(send):
    cut = {**CLICK, "session_id": "cut \ud83d", "data": {"\udc00": "\U0001f600"}}
    answer = send([cut, PAGE_VIEW])
    assert (answer.status_code, answer.json()["stored"], answer.json()["errors"]) == (200, 2, [])
    event = Event.objects.get(session__name="cut \ufffd")
    assert event.data == {"\ufffd": "\U0001f600"}
