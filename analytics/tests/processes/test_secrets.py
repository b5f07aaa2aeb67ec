"""Keys are written nowhere: not to the most verbose logs of servers and workers, not to a table, not to Redis."""

import json
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from django.db import connection

from analytics import database
from analytics.access.flow.create_key import create_key
from analytics.models import ErrorRecord, Event, EventSchema
from analytics.tests.processes.load_generator import event
from analytics.tests.processes.other_process import manage
from analytics.tests.processes.web_and_workers import web_server

pytestmark = pytest.mark.redis_server

VERBOSE = {
    "DJANGO_SETTINGS_MODULE": "analytics.tests.processes.verbose_settings",
    "GRANIAN_LOG_LEVEL": "debug",
    "GRANIAN_LOG_ACCESS_ENABLED": "true",
    "IDEEZA_INBOX": "true",
}
WAYS = ("/events/", "/eye", "/report", "/api/analytics/views/", "/api/visits/", "/api/collect")
KNOWN, UNKNOWN = "f00dcafe" * 5, "deadbeef" * 5


def post(port: int, path: str, sent: object, headers: dict[str, str]) -> int:
    request = Request(f"http://127.0.0.1:{port}{path}", json.dumps(sent).encode(), headers)
    request.add_header("Content-Type", "application/json")
    try:
        with urlopen(request, timeout=10) as answer:
            return answer.status
    except HTTPError as error:
        with error:
            return error.code


def in_every_way(port: int, key: str) -> set[int]:
    """Send valid and invalid data with this key in the query, in a header and in the body, and return the statuses."""
    found = set()
    for number, path in enumerate(WAYS):
        good, bad = event(number, apikey=key), event(number, name="ruled", apikey=key, data={"key": key})
        visit = {"domain": "example.com", "path": "/", "subject": "Page", "apikey": key}
        for sent in (good, [good], bad, [bad], visit, {"apikey": key}, key):
            found.add(post(port, f"{path}?apikey={key}", sent, {}))
            found.add(post(port, path, sent, {"X-API-Key": key}))
            found.add(post(port, path, sent, {"Authorization": f"Bearer {key}"}))
    return found


def everything_in_tables() -> str:
    names = connection.introspection.table_names()
    return "\n".join(str(row) for name in names for row in database.rows(f'SELECT * FROM "{name}"'))


def test_keys_are_written_nowhere(empty, inbox_redis, inbox_server, tmp_path):
    create_key("site", [], ("collect", "read"), KNOWN)
    for category in ("category 0", "category 1"):
        EventSchema.objects.create(category=category, name="ruled", schema={"required": ["host"]})
    environment = VERBOSE | {"REDIS_URL": inbox_server.url}
    with web_server(tmp_path, workers=1, **environment) as answering:
        assert in_every_way(answering.port, KNOWN) == {200, 201, 202, 400, 401}
        assert in_every_way(answering.port, UNKNOWN) == {401}
    waiting = "\n".join(str(inbox_redis.xrange(key)) for key in inbox_redis.keys("*:inbox"))
    code, *drained = manage("collect", "--once", **environment)
    logged = "\n".join([answering.log(), *drained])
    assert code == 0 and Event.objects.exists() and ErrorRecord.objects.exists()
    assert "/api/analytics/views/" in logged and "INSERT INTO" in logged and waiting
    for secret in (KNOWN, UNKNOWN):
        assert [line for line in logged.splitlines() if secret in line] == []
        assert secret not in waiting
        assert secret not in everything_in_tables()
