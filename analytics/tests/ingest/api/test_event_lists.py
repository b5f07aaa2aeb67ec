"""Lists of events and of error records: order, filters, pages."""

import pytest

from analytics.tests.ingest.conftest import CLICK

pytestmark = pytest.mark.django_db


@pytest.fixture
def listed(client, three_events):
    def names(**params):
        response = client.get("/events/", params)
        assert response.status_code == 200, response.content
        return [event["name"] for event in response.json()["results"]]

    return names


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
def test_a_wrong_parameter_is_named(client, three_events, params):
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


def test_an_empty_list_is_a_page(client):
    assert client.get("/events/").json() == {"count": 0, "next": None, "previous": None, "results": []}
