"""Clients that are generated from the documents, against a running server: log in, ask, send, roll up, read."""

import importlib
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest
from bravado.client import SwaggerClient
from bravado.exception import HTTPBadRequest, HTTPUnauthorized
from bravado.requests_client import RequestsClient
from django.contrib.auth.models import User
from django.core.management import call_command

from analytics.access.flow.create_key import SCOPES, create_key
from analytics.models import Blog
from analytics.tests.conftest import PASSWORD
from analytics.tests.processes.other_process import TIMEOUT_SECONDS
from analytics.tests.processes.web_and_workers import web_server

# bravado uses what jsonschema has deprecated.
pytestmark = [
    pytest.mark.sqlite,  # the documents do not depend on the database
    pytest.mark.filterwarnings("ignore:.*RefResolver.* is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Accessing Validator.resolver:DeprecationWarning"),
]

NOON = datetime(2024, 3, 10, 12, tzinfo=UTC)
EVENT = {"session_id": "s1", "category": "media", "name": "play", "data": {"at": 7}}
VISIT = {"domain": "example.com", "path": "/a", "subject": "A"}


class Service(NamedTuple):
    url: str
    key: str
    blog: int


@pytest.fixture
def service(empty, settings, tmp_path) -> Iterator[Service]:
    """Run a server that asks for tokens and keys, with a user, a key and a blog."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]  # which the server knows
    author = User.objects.create_superuser("ada", password=PASSWORD)
    blog = Blog.objects.create(title="Hello", author=author, url="example.com/a")
    key = create_key("shop", [], SCOPES)
    with web_server(tmp_path, workers=1, IDEEZA_API_OPEN="false") as server:
        yield Service(f"http://localhost:{server.port}", key, blog.pk)


def bravado(service: Service, **header: str) -> SwaggerClient:
    """Return a client whose requests carry a header."""
    http = RequestsClient()
    for name, value in header.items():
        http.set_api_key(service.url.partition("//")[2], value, param_name=name.replace("_", "-"), param_in="header")
    return SwaggerClient.from_url(f"{service.url}/swagger.json", http_client=http)


def result(asked):
    return asked.response(timeout=TIMEOUT_SECONDS).result


def test_a_client_of_the_swagger_2_document_logs_in_asks_sends_and_reads(service):
    token = result(bravado(service).token.obtain_token(data={"username": "ada", "password": PASSWORD}))
    reader, sender = bravado(service, Authorization=f"Bearer {token.access}"), bravado(service, X_API_Key=service.key)
    month = {"start_date": NOON.date(), "end_date": NOON.date()}
    assert result(reader.analytics.grouped(object_type="country", data=month)) == []

    event = result(sender.the_eye.send_event(data={**EVENT, "timestamp": NOON.isoformat()}))
    assert (event.session_id, event.data, event.timestamp) == ("s1", {"at": 7}, NOON)
    answer = result(sender.the_eye.send_event(data=[{**EVENT, "name": "stop"}, {"session_id": "s2"}]))
    assert (answer["stored"], answer["errors"][0]["index"]) == (1, 1)
    views = [{"blog_id": service.blog, "country_code": "DE", "timestamp": NOON.isoformat()}] * 2
    assert result(sender.collecting.send_view(data=views))["results"] == ["stored", "stored"]
    visit = result(sender.pages.send_visit(data=VISIT))
    assert visit.url.startswith(service.url)

    call_command("precalculate_stats", verbosity=0)
    (point,) = result(reader.analytics.grouped(object_type="country", data=month))
    assert (point.x, point.y, point.z) == ("DE", 1, 2)
    assert [each.name for each in result(reader.the_eye.list_events(category="media", page_size=5)).results] == [
        "stop",
        "play",
    ]
    assert result(reader.pages.list_domains(name="example.com")).results[0].name == "example.com"
    assert result(sender.pages.show_visit(id=int(visit.url.split("/")[-2]))).subject == "A"


def test_a_client_of_the_swagger_2_document_gets_refusals_as_described(service):
    with pytest.raises(HTTPUnauthorized) as refused:
        result(bravado(service).the_eye.send_event(data=EVENT))
    assert refused.value.swagger_result.status_code == 401
    with pytest.raises(HTTPBadRequest) as wrong:
        result(bravado(service, X_API_Key=service.key).the_eye.send_event(data={**EVENT, "timestamp": "soon"}))
    assert wrong.value.swagger_result["timestamp"]


def test_basic_authentication_is_described(service):
    http = RequestsClient()
    http.set_basic_auth(service.url.partition("//")[2], "ada", PASSWORD)
    client = SwaggerClient.from_url(f"{service.url}/swagger.json", http_client=http)
    assert result(client.pages.root()).visits == f"{service.url}/api/visits/"
    assert [user.username for user in result(client.pages.list_users()).results] == ["ada"]


@pytest.fixture
def generated(service, tmp_path, monkeypatch) -> ModuleType:
    """Generate a package from the OpenAPI 3 document, and return it."""
    document = tmp_path / "openapi.json"
    with urllib.request.urlopen(f"{service.url}/openapi.json", timeout=TIMEOUT_SECONDS) as answer:
        document.write_text(json.dumps(json.load(answer)))
    command = ["openapi_python_client", "generate", "--path", str(document), "--meta", "none", "--fail-on-warning"]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])  # where ruff is, which formats it
    subprocess.run(
        [sys.executable, "-m", *command, "--output-path", str(tmp_path / "stats_client")],
        check=True,
        cwd=tmp_path,
        env=os.environ | {"PATH": path},
        timeout=TIMEOUT_SECONDS,
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("stats_client")
    for name in [name for name in sys.modules if name.split(".")[0] == "stats_client"]:
        del sys.modules[name]


def test_a_client_of_the_openapi_3_document_logs_in_asks_sends_and_reads(service, generated):
    models = importlib.import_module("stats_client.models")

    def call(operation: str, client, **arguments):
        return importlib.import_module(f"stats_client.api.{operation}").sync(client=client, **arguments)

    with generated.Client(base_url=service.url) as anyone:
        tokens = call("token.obtain_token", anyone, body=models.Obtain(username="ada", password=PASSWORD))
    key = {"token": service.key, "prefix": "", "auth_header_name": "X-API-Key"}
    with (
        generated.AuthenticatedClient(base_url=service.url, token=tokens.access) as reader,
        generated.AuthenticatedClient(base_url=service.url, **key) as sender,
    ):
        _ask_send_and_read(call, models, reader, sender, service.blog)


def _ask_send_and_read(call, models, reader, sender, blog):
    question = models.GroupedFilters(start_date=NOON.date(), end_date=NOON.date())
    grouped = importlib.import_module("stats_client.models.grouped_object_type").GroupedObjectType
    assert call("analytics.grouped", reader, object_type=grouped.COUNTRY, body=question) == []

    event = call("the_eye.send_event", sender, body=models.NewEvent.from_dict(EVENT))
    assert (event.session_id, event.data.to_dict()) == ("s1", {"at": 7})
    batch = call("the_eye.send_event", sender, body=[models.NewEvent("s2", "media", "stop")])
    assert (batch.size, batch.stored) == (1, 1)
    view = models.NewBlogView(blog_id=blog, country_code="DE", timestamp=NOON)
    assert call("collecting.send_view", sender, body=view).result.value == "stored"

    call_command("precalculate_stats", verbosity=0)
    (point,) = call("analytics.grouped", reader, object_type=grouped.COUNTRY, body=question)
    assert (point.x, point.y, point.z) == ("DE", 1, 1)
    assert [each.name for each in call("the_eye.list_events", reader).results] == ["stop", "play"]
    refused = call("the_eye.send_event", sender, body=models.NewEvent("", "media", "stop"))
    assert refused["session_id"] == ["This field may not be blank."]
