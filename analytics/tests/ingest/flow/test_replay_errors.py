"""Rejected events are stored once the schema allows them."""

import pytest
from django.core.management import call_command

from analytics.models import ErrorRecord, Event
from analytics.tests.ingest.conftest import PAGE_VIEW

pytestmark = pytest.mark.django_db


def test_after_the_schema_is_corrected_the_error_can_be_replayed(send, event_schema, capsys):
    send([{**PAGE_VIEW, "data": {"host": 7}}, {**PAGE_VIEW, "data": {}}])
    call_command("replay_errors")
    assert "Stored 0 events; 0 were there already, 2 are still not good." in capsys.readouterr().out
    event_schema.schema = {"required": ["host"]}
    event_schema.save()
    call_command("replay_errors")
    assert "Stored 1 events; 0 were there already, 1 are still not good." in capsys.readouterr().out
    assert [event.data for event in Event.objects.all()] == [{"host": 7}]
    assert ErrorRecord.objects.count() == 1
