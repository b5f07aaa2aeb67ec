"""`/eye`, `/report` and the counts: the second of the two APIs of The Eye."""

import json

import pytest
from django.db import OperationalError

from analytics.ingest.api import eye_dialect as eye_api
from analytics.ingest.flow import list_events
from analytics.models import Event

CLICK = {"session_id": "s", "category": "page", "name": "click", "data": {}, "timestamp": "2021-01-01T00:00:00Z"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def eye(client):
    return lambda sent: client.post("/eye", json.dumps(sent), content_type="application/json")


@pytest.fixture
def some(eye):
    for n, (session, name) in enumerate([("s", "click"), ("t", "view"), ("s", "view"), ("s", "view")]):
        assert eye({**CLICK, "session_id": session, "name": name, "data": {"n": n}}).status_code == 200


@pytest.fixture
def report(client, some):
    return lambda asked: client.post("/report", json.dumps(asked), content_type="application/json")


def streamed(response):
    assert response.status_code == 200
    return json.loads(b"".join(response.streaming_content))


def numbers(response):
    ((text, events),) = streamed(response).items()
    return text, [event["data"]["n"] for event in events]


def test_an_event_is_stored_and_acknowledged_with_thanks(eye):
    response = eye(CLICK)
    assert (response.status_code, response.json()) == (200, "We got your data, thank you")
    assert Event.objects.get().session.name == "s"


def test_the_same_event_gets_the_same_answer(eye):
    assert eye(CLICK).json() == eye(CLICK).json()
    assert Event.objects.count() == 1


def test_missing_fields_are_named(eye):
    response = eye({"session_id": "s"})
    assert (response.status_code, response.json()) == (400, "Missing required info: category, name")


def test_the_future_is_refused(eye, client):
    response = eye({**CLICK, "timestamp": "2190-01-01"})
    assert (response.status_code, response.json()) == (400, "Timestamp cannot be future")
    assert client.get("/events/errors").json()["count"] == 1


def test_a_wrong_value_is_named(eye):
    response = eye({**CLICK, "data": 7})
    assert (response.status_code, response.json()) == (400, "data: Must be a JSON object.")
    assert eye([CLICK]).status_code == 400


def test_all_events_come_in_the_order_of_arrival(client, some):
    text, found = numbers(client.get("/report/all"))
    assert (text, found) == ("This are all the activities : ", [0, 1, 2, 3])


def test_all_events_can_be_read_in_pages(client, some):
    assert numbers(client.get("/report/all?limit=2"))[1] == [0, 1]
    second = Event.objects.order_by("id")[1].pk
    assert numbers(client.get(f"/report/all/?limit=2&after={second}"))[1] == [2, 3]
    assert client.get("/report/all?limit=none").status_code == 400


def test_a_report_states_its_length(client, some, monkeypatch):
    for spooled in (eye_api.SPOOLED_BYTES, 10):
        monkeypatch.setattr(eye_api, "SPOOLED_BYTES", spooled)
        response = client.get("/report/all")
        assert int(response["Content-Length"]) == len(b"".join(response.streaming_content)) > 10


@pytest.mark.parametrize("first", [True, False])
def test_a_report_that_the_database_cuts_off_is_503(client, some, monkeypatch, first):
    def cut_off(*args, **options):
        if not first:
            yield Event.objects.select_related("session", "kind").earliest("id")
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(list_events, "in_order_of_arrival", cut_off)
    for response in (client.get("/report/all"), client.post("/report", {"name": "view"}, "application/json")):
        assert (response.status_code, response["Retry-After"]) == (503, "1")
        assert b"activities" not in response.content


def test_an_empty_report_is_a_list(client):
    assert streamed(client.get("/report/all")) == {"This are all the activities : ": []}


@pytest.mark.parametrize(
    "asked, text, found",
    [
        ({"category": "page"}, "category of value page", [0, 1, 2, 3]),
        ({"session_id": "t"}, "session_id of value t", [1]),
        ({"name": "view"}, "name of value view", [1, 2, 3]),
        ({"session_id": "s", "name": "view"}, "session_id of value s, name of value view", [2, 3]),
        ({"timestamp": ["2021-01-01", "2021-01-01"]}, "timestamp of value 2021-01-01 to 2021-01-01", [0, 1, 2, 3]),
    ],
)
def test_a_report_names_its_filters(report, asked, text, found):
    assert numbers(report(asked)) == (f"The report you requested - {text} : ", found)


@pytest.mark.parametrize("asked", [{"category": "none"}, {"timestamp": ["2020-01-01", "2020-12-31"]}])
def test_a_report_of_nothing_says_so(report, asked):
    assert report(asked).json() == {"Nothing found": []}


@pytest.mark.parametrize(
    "asked, field",
    [
        ({"colour": "red"}, "colour"),
        ({"category": "page", "colour": "red"}, "colour"),
        ({"category": 7}, "category"),
        ({"timestamp": "2021-01-01"}, "timestamp"),
        ({"timestamp": ["2021-01-02", "2021-01-01"]}, "timestamp"),
        ({"timestamp": ["soon", "2021-01-01"]}, "timestamp"),
        ({}, "non_field_errors"),
        ([], "non_field_errors"),
    ],
)
def test_a_report_that_makes_no_sense_is_refused(report, asked, field):
    response = report(asked)
    assert (response.status_code, set(response.json())) == (400, {field})


@pytest.mark.parametrize("url", ["/{}/count", "/{}/count/", "/report/{}/count", "/count/{}"])
@pytest.mark.parametrize(
    "by, counts",
    [("session", {"s": 3, "t": 1}), ("category", {"page": 4}), ("name", {"view": 3, "click": 1})],
)
def test_counts_have_the_most_first(client, some, url, by, counts):
    answer = client.get(url.format(by)).json()
    assert answer == {f"This are counts by {by}": counts}
    assert list(answer[f"This are counts by {by}"]) == list(counts)


def test_counts_of_the_same_number_are_in_order_of_their_keys(client, eye):
    for name in ("b", "a", "C", "ä", "_"):
        eye({**CLICK, "session_id": name, "name": name})
    assert list(client.get("/session/count").json()["This are counts by session"]) == ["C", "_", "a", "b", "ä"]
    assert list(client.get("/count/name?limit=2").json()["This are counts by name"]) == ["C", "_"]


def test_there_are_no_other_counts(client):
    assert client.get("/colour/count").status_code == 404
    assert client.get("/session/count?limit=0").status_code == 400
