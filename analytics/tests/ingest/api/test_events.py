"""The Eye in its first dialect."""

import json

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from analytics.models import ErrorRecord, Event, EventSchema, KindCount, SessionCount

PAGE_VIEW = {
    "session_id": "e2085be5-9137-4e4e-80b5-f1ffddc25423",
    "category": "page interaction",
    "name": "pageview",
    "data": {"host": "www.example.com", "path": "/", "nested": {"b": 1, "a": [1, 2.5, None, True]}},
    "timestamp": "2021-01-01 09:15:27.243860",
}
CLICK = {**PAGE_VIEW, "name": "cta click", "timestamp": "2021-01-01T09:15:29.243860Z"}
SUBMIT = {
    "session_id": "another",
    "category": "form interaction",
    "name": "submit",
    "data": {},
    "timestamp": "2021-01-02T00:00:00Z",
}

pytestmark = pytest.mark.django_db


@pytest.fixture
def send(client):
    return lambda sent, **options: client.post("/events/", json.dumps(sent), content_type="application/json", **options)


@pytest.fixture
def three(send):
    assert send([PAGE_VIEW, CLICK, SUBMIT]).json()["stored"] == 3


@pytest.fixture
def listed(client, three):
    def names(**params):
        response = client.get("/events/", params)
        assert response.status_code == 200, response.content
        return [event["name"] for event in response.json()["results"]]

    return names


def test_an_event_is_stored_and_answered_with_its_id(send, client):
    response = send(PAGE_VIEW)
    assert response.status_code == 201
    event = response.json()
    assert event == {**PAGE_VIEW, "id": event["id"], "timestamp": "2021-01-01T09:15:27.243860Z"}
    assert client.get(f"/events/{event['id']}").json() == event
    assert client.get(reverse("event-detail", args=[event["id"]])).json() == event


def test_an_event_is_stored_while_queries_are_logged(send):
    """As with DEBUG: a query is then put together as a text too."""
    with CaptureQueriesContext(connection):
        assert send(PAGE_VIEW).status_code == 201


def test_data_and_timestamp_may_be_left_out(send):
    event = send({name: PAGE_VIEW[name] for name in ("session_id", "category", "name")}).json()
    assert event["data"] == {}
    assert event["timestamp"].endswith("Z")


def test_a_form_will_do(client):
    response = client.post("/events", {**CLICK, "data": json.dumps(CLICK["data"])})
    assert response.status_code == 201
    assert response.json()["data"] == CLICK["data"]


@pytest.mark.parametrize("missing", ["session_id", "category", "name"])
def test_what_is_missing_is_named(send, missing):
    response = send({name: value for name, value in PAGE_VIEW.items() if name != missing})
    assert response.status_code == 400
    assert response.json() == {missing: ["This field is required."], "status_code": 400}


def test_all_that_is_missing_is_named(send):
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
def test_what_is_wrong_is_named(send, field, value):
    response = send({**PAGE_VIEW, field: value})
    assert response.status_code == 400
    assert set(response.json()) == {field, "status_code"}
    assert not Event.objects.exists()


def test_an_escaped_backslash_is_not_a_nul(send):
    assert send({**PAGE_VIEW, "data": {"path": "C:\\u0000"}}).status_code == 201


def test_data_may_be_deep_but_not_bottomless(send):
    def nested(depth):
        return {"a": nested(depth - 1)} if depth > 1 else {}

    assert send({**PAGE_VIEW, "data": nested(100)}).status_code == 201
    assert set(send({**PAGE_VIEW, "data": nested(101)}).json()) == {"data", "status_code"}


def test_bottomless_json_is_refused(client):
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


def test_of_a_list_one_that_is_wrong_does_not_keep_out_the_others(send):
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


def test_the_newest_come_first_and_ties_in_the_order_of_arrival(send, client):
    send([{**CLICK, "name": name} for name in "cab"])
    send({**CLICK, "name": "old", "timestamp": "2020-01-01"})
    send({**CLICK, "name": "new", "timestamp": "2022-01-01"})
    assert [event["name"] for event in client.get("/events").json()["results"]] == ["new", "c", "a", "b", "old"]
    oldest = client.get("/events?ordering=timestamp").json()["results"]
    assert [event["name"] for event in oldest] == ["old", "c", "a", "b", "new"]


@pytest.mark.parametrize(
    "params, names",
    [
        ({}, ["submit", "cta click", "pageview"]),
        ({"session_id": "another"}, ["submit"]),
        ({"session_id": "nobody"}, []),
        ({"category": "page interaction"}, ["cta click", "pageview"]),
        ({"name": "pageview"}, ["pageview"]),
        ({"name": "pageview", "session_id": "another"}, []),
        ({"category": "form interaction", "name": "pageview"}, []),
        ({"timestamp_after": "2021-01-02"}, ["submit"]),
        ({"timestamp_after": "2021-01-01T09:15:29.243860Z"}, ["submit", "cta click"]),
        ({"timestamp_before": "2021-01-01 09:15:29.243860"}, ["cta click", "pageview"]),
        ({"timestamp_before": "2021-01-01"}, []),
        (
            {"timestamp_after": "2021-01-01T10:15:29.243860+01:00", "timestamp_before": "2021-01-01T23:00"},
            ["cta click"],
        ),
    ],
)
def test_filters_are_combined_with_and(client, listed, params, names):
    assert listed(**params) == names
    assert client.get("/events/", params).json()["count"] == len(names)


@pytest.mark.parametrize(
    "params",
    [
        {"timestamp_after": "soon"},
        {"timestamp_before": "2021-13-01"},
        {"page": "0"},
        {"page": "one"},
        {"page_size": "1001"},
        {"page_size": "-1"},
        {"ordering": "name"},
        {"category": "a\0b"},
    ],
)
def test_a_wrong_parameter_is_named(client, three, params):
    response = client.get("/events/", params)
    assert response.status_code == 400
    assert set(response.json()) == {*params, "status_code"}


def test_pages_link_to_each_other_and_keep_the_parameters(send, client):
    send([{**CLICK, "data": {"n": n}} for n in range(25)])
    first = client.get("/events/?name=cta+click").json()
    assert (first["count"], len(first["results"]), first["previous"]) == (25, 10, None)
    second = client.get(first["next"]).json()
    third = client.get(second["next"]).json()
    assert (len(third["results"]), third["next"]) == (5, None)
    assert client.get(third["previous"]).json() == second
    every = [event["id"] for page in (first, second, third) for event in page["results"]]
    assert len(set(every)) == 25
    assert client.get("/events/?page=4").json() == {"detail": "Invalid page.", "status_code": 404}


def test_there_is_nothing_at_an_unknown_id(client):
    response = client.get("/events/4711/")
    assert (response.status_code, response.json()) == (404, {"detail": "Not found.", "status_code": 404})
    assert client.get(f"/events/{2**70}/").status_code == 404


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_events_are_not_changed(client, three, method):
    for url in ("/events/", f"/events/{Event.objects.first().pk}/"):
        assert getattr(client, method)(url, {}, content_type="application/json").status_code == 405


def test_an_empty_list_is_a_page(client):
    assert client.get("/events/").json() == {"count": 0, "next": None, "previous": None, "results": []}


def test_an_event_from_the_future_becomes_an_error_record(send, client):
    response = send({**CLICK, "timestamp": "2190-01-01T00:00:00Z"})
    assert response.status_code == 400
    assert response.json() == {"timestamp": ["Timestamp cannot be future"], "status_code": 400}
    (record,) = client.get("/events/errors/").json()["results"]
    assert (record["field"], record["payload"]["timestamp"]) == ("timestamp", "2190-01-01T00:00:00Z")
    assert not Event.objects.exists()


@pytest.fixture
def rule(db):
    schema = {"required": ["host"], "properties": {"host": {"type": "string"}}}
    return EventSchema.objects.create(category="page interaction", name="pageview", schema=schema)


def test_an_event_that_breaks_its_rule_becomes_an_error_record(send, client, rule):
    broken = {**PAGE_VIEW, "data": {"host": 7}}
    response = send(broken)
    assert response.status_code == 400
    assert response.json() == {"data": ["data.host: 7 is not of type 'string'"], "status_code": 400}
    assert send([broken, CLICK, PAGE_VIEW]).json()["stored"] == 2
    (record,) = client.get("/events/errors/?name=pageview").json()["results"]
    assert (record["field"], record["payload"]) == ("data.host", broken)
    assert client.get("/events/errors/?name=other").json()["count"] == 0


def test_an_error_is_recorded_whatever_else_was_sent(send, rule):
    answer = send([{**PAGE_VIEW, "data": {}, "more": "\0"}, CLICK]).json()
    assert (answer["stored"], len(answer["errors"])) == (1, 1)
    assert ErrorRecord.objects.get().payload["more"] == "\ufffd"


def test_after_the_rule_is_mended_the_error_can_be_replayed(send, rule, capsys):
    send([{**PAGE_VIEW, "data": {"host": 7}}, {**PAGE_VIEW, "data": {}}])
    call_command("replay_errors")
    assert "Stored 0 events; 0 were there already, 2 are still not good." in capsys.readouterr().out
    rule.schema = {"required": ["host"]}
    rule.save()
    call_command("replay_errors")
    assert "Stored 1 events; 0 were there already, 1 are still not good." in capsys.readouterr().out
    assert [event.data for event in Event.objects.all()] == [{"host": 7}]
    assert ErrorRecord.objects.count() == 1


def test_a_rule_must_be_a_schema_that_refers_to_nothing_outside():
    with pytest.raises(ValidationError):
        EventSchema(category="c", name="n", schema={"type": "nothing"}).full_clean()
    EventSchema(category="c", name="n", schema={"type": "object"}).full_clean()


def test_a_rule_that_is_none_lets_nothing_through_and_breaks_nothing(send):
    EventSchema.objects.create(category="page interaction", name="pageview", schema={"type": "nothing"})
    EventSchema.objects.create(
        category="page interaction", name="cta click", schema={"$ref": "https://example.com/schema"}
    )
    assert send(PAGE_VIEW).status_code == send(CLICK).status_code == 400


def test_counts_are_kept_by_the_database(three):
    assert sorted(SessionCount.objects.values_list("name", "events")) == [
        ("another", 1),
        ("e2085be5-9137-4e4e-80b5-f1ffddc25423", 2),
    ]
    Event.objects.filter(kind__name="submit").delete()
    assert sum(KindCount.objects.values_list("events", flat=True)) == 2
    assert SessionCount.objects.get(name="another").events == 0


@pytest.mark.parametrize("kind", ["application/xml", "image/png"])
def test_a_body_of_another_kind_is_refused(client, kind):
    response = client.post("/events/", b"<a/>", content_type=kind)
    assert (response.status_code, response.json()["status_code"]) == (415, 415)


def test_a_body_that_is_too_large_is_refused(client):
    assert client.post("/events/", b" " * 1_000_001, content_type="application/json").status_code == 413


@pytest.mark.parametrize("text", [b"{", b"\xff", b"nan", b'{"session_id": "\\ud800"}', b"1e999"])
def test_what_is_no_json_is_refused(client, text):
    assert client.post("/events/", text, content_type="application/json").status_code == 400


def test_statements_can_be_logged_as_they_are_with_debug_on(send):
    """Django then puts the parameters into the text of each."""
    with CaptureQueriesContext(connection):
        assert send([PAGE_VIEW, CLICK]).json()["stored"] == 2
