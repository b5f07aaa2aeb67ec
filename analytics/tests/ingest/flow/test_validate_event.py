"""Events are checked against the JSON Schema of their kind."""

import pytest
from django.core.exceptions import ValidationError

from analytics.models import ErrorRecord, EventSchema
from analytics.tests.ingest.conftest import CLICK, PAGE_VIEW

pytestmark = pytest.mark.django_db


def test_an_event_that_does_not_match_its_schema_becomes_an_error_record(send, client, event_schema):
    broken = {**PAGE_VIEW, "data": {"host": 7}}
    response = send(broken)
    assert response.status_code == 400
    assert response.json() == {"data": ["data.host: 7 is not of type 'string'"], "status_code": 400}
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
