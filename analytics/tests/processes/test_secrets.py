"""Keys, tokens and passwords are written nowhere: not to the logs of servers and workers, to any table or to Redis."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener, urlopen

import pytest
from django.conf import global_settings
from django.contrib.auth import get_user_model
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


PASSWORD, WRONG = "correct-horse-battery", "Tr0ub4dor-and-3"


def ask(port: int, path: str, sent: object = None, **headers: str) -> tuple[int, str]:
    body = None if sent is None else json.dumps(sent).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = Request(f"http://127.0.0.1:{port}{path}", body, {"Content-Type": "application/json", **named})
    try:
        with urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def fill_in_form(port: int, path: str, password: str) -> None:
    cookies = CookieJar()
    browser = build_opener(HTTPCookieProcessor(cookies))
    url = f"http://127.0.0.1:{port}{path}"
    browser.open(url, timeout=10).close()
    token = next(each.value for each in cookies if each.name == "csrftoken")
    form = urlencode({"username": "ann", "password": password, "csrfmiddlewaretoken": token})
    try:
        browser.open(url, form.encode(), timeout=10).close()
    except HTTPError as error:  # the admin sends on to a page that is not there
        error.close()


def log_in_everywhere(port: int) -> list[str]:
    """Send the right and a wrong password to every door, use what they give, and return all the secrets that passed."""
    secrets = [PASSWORD, WRONG]
    for password in (WRONG, PASSWORD):
        credentials = base64.b64encode(f"ann:{password}".encode()).decode()
        secrets.append(credentials)
        ask(port, "/api/", Authorization=f"Basic {credentials}")
        for path in ("/admin/login/", "/dashboard/login/"):
            fill_in_form(port, path, password)
            ask(port, f"{path}?username=ann&password={password}")
        status, answer = ask(port, "/api/token/", {"username": "ann", "password": password})
        assert status == (200 if password == PASSWORD else 401)
    tokens = json.loads(answer)
    secrets += tokens.values()
    for token in tokens.values():
        for header in (f"Bearer {token}", f"Bearer {token}x", token):
            ask(port, "/api/analytics/top/blog/", {}, Authorization=header)
        ask(port, "/api/token/refresh/", {"refresh": token})
        ask(port, f"/nothing?token={token}", X_API_Key=token)
    return secrets


@contextmanager
def without_table(name: str) -> Iterator[None]:
    """Let what needs this table fail, with a message that quotes the statement on PostgreSQL."""
    database.execute(f'ALTER TABLE "{name}" RENAME TO hidden')
    try:
        yield
    finally:
        database.execute(f'ALTER TABLE hidden RENAME TO "{name}"')


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_server_in_production_logs_its_failures_and_no_secrets(
    empty, inbox_redis, inbox_server, tmp_path, settings, form
):
    create_key("site", [], ("collect", "read"), KNOWN)
    for category in ("category 0", "category 1"):
        EventSchema.objects.create(category=category, name="ruled", schema={"required": ["host"]})
    settings.PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS
    get_user_model().objects.create_superuser("ann", password=PASSWORD)
    environment = {"REDIS_URL": inbox_server.url, "IDEEZA_INBOX": "true", "IDEEZA_API_OPEN": "false"}
    environment |= {"IDEEZA_LOG_FORMAT": form, "IDEEZA_ACCESS_LOG": "true", "SECURE_COOKIES": "false"}
    with web_server(tmp_path, workers=1, **environment) as answering:
        port = answering.port
        secrets = [KNOWN, UNKNOWN, *log_in_everywhere(port)]
        links = [ask(port, f"/api/{name}/?apikey={KNOWN}&limit=1&offset=1")[1] for name in ("domains", "visits")]
        for table in ("auth_user", "analytics_apikey"):
            with without_table(table):
                in_every_way(port, KNOWN)
                log_in_everywhere_quietly(port)
        assert ask(port, "/healthz", Host="evil.example", X_Request_ID="mine")[0] == 400
        in_every_way(port, KNOWN)
    code, *drained = manage("collect", "--once", **environment)
    logged = "\n".join([answering.log(), *drained])
    lines = logged.splitlines()
    assert code == 0 and ErrorRecord.objects.exists()
    assert "Traceback" in logged and "evil.example" in logged
    assert any("mine" in line and "evil.example" in line for line in lines)
    assert any("/api/token/" in line and "401" in line for line in lines)
    if form == "json":
        assert all({"time", "level", "request_id", "message"} <= set(json.loads(line)) for line in lines if "{" in line)
    waiting = "\n".join(str(inbox_redis.xrange(key)) for key in inbox_redis.keys("*:inbox"))
    for secret in secrets:
        assert [line for line in lines if secret in line] == []
        assert secret not in "\n".join([waiting, everything_in_tables(), *links])


def log_in_everywhere_quietly(port: int) -> None:
    with suppress(AssertionError, HTTPError):
        log_in_everywhere(port)


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
