import json

import pytest

from analytics.models import EventSchema

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


@pytest.fixture
def send(client):
    return lambda sent, **options: client.post("/events/", json.dumps(sent), content_type="application/json", **options)


@pytest.fixture
def three_events(send):
    assert send([PAGE_VIEW, CLICK, SUBMIT]).json()["stored"] == 3


@pytest.fixture
def event_schema(db):
    schema = {"required": ["host"], "properties": {"host": {"type": "string"}}}
    return EventSchema.objects.create(category="page interaction", name="pageview", schema=schema)
