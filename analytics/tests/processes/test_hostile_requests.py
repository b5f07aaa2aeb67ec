"""A server as it runs in production is sent hostile requests. It refuses them without a 5xx, goes on answering, and
writes no secret anywhere. `--hostile 12000` sends as many; `--log-cli-level INFO` logs the statuses."""

import base64
import json
import logging
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from urllib.parse import urlencode

import pytest
from django.conf import global_settings
from django.contrib.auth import get_user_model
from django.db import connection
from redis import Redis

from analytics import database
from analytics.access.flow.create_key import create_key
from analytics.models import Blog
from analytics.tests.processes.hostile_requests import Answer, HostileClient, Request, Secrets, exchange
from analytics.tests.processes.other_process import TIMEOUT_SECONDS
from analytics.tests.processes.servers import RedisServer
from analytics.tests.processes.web_and_workers import WebServer, web_server

log = logging.getLogger(__name__)
KEY, PASSWORD, WRONG = "f00dcafe" * 5, "correct-horse-battery", "Tr0ub4dor-and-3"
CLIENTS = 4
CLOSE = ("Connection", "close")
REFUSED_BY_THE_SERVER = {0, 400, 414, 431}
"""What answers a request that is no HTTP; it never reaches Django."""
EVENT = {"session_id": "s", "category": "c", "name": "n"}


@pytest.fixture(scope="session")
def hostile(request) -> int:
    return request.config.getoption("--hostile")


class PacketCollector:
    """A StatsD that keeps all it receives."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.1)
        self.port = self._socket.getsockname()[1]
        self.text, self._ended = "", threading.Event()
        self._thread = threading.Thread(target=self._collect, daemon=True)
        self._thread.start()

    def _collect(self) -> None:
        while not self._ended.is_set():
            try:
                self.text += self._socket.recv(2000).decode("latin-1") + "\n"
            except TimeoutError:
                continue

    def end(self) -> str:
        self._ended.set()
        self._thread.join()
        self._socket.close()
        return self.text


def send_json(port: int, path: str, sent: object, **headers: str) -> Answer:
    body = json.dumps(sent).encode()
    named = [(name.replace("_", "-"), value) for name, value in headers.items()]
    length = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    request = Request("POST", path, [("Host", "127.0.0.1"), *length, *named, ("Connection", "close")], body)
    return exchange(port, request.encode(), "POST")


def cookies_of(answer: Answer) -> dict[str, str]:
    return dict(re.findall(r"(sessionid|csrftoken)=([^;]+)", answer.headers.get("set-cookie", "")))


def log_in(port: int) -> Secrets:
    """Log in by the form and by the API, and return what they give."""
    tokens = json.loads(send_json(port, "/api/token/", {"username": "ann", "password": PASSWORD}).body)
    host = [("Host", "127.0.0.1"), ("Connection", "close")]
    csrf = cookies_of(exchange(port, Request("GET", "/admin/login/", host).encode()))["csrftoken"]
    form = urlencode({"username": "ann", "password": PASSWORD, "csrfmiddlewaretoken": csrf}).encode()
    type = [("Content-Type", "application/x-www-form-urlencoded"), ("Content-Length", str(len(form)))]
    sent = Request("POST", "/admin/login/", [*host, *type, ("Cookie", f"csrftoken={csrf}")], form)
    answered = exchange(port, sent.encode(), "POST")
    assert answered.status == 302
    given = cookies_of(answered)
    return Secrets(KEY, tokens["access"], tokens["refresh"], PASSWORD, given["sessionid"], given["csrftoken"])


def send(port: int, request: Request) -> Answer:
    return exchange(port, request.encode(), request.method)


def problems_of(request: Request, answer: Answer, unavailable: bool = False) -> list[str]:
    """Return what is wrong with this answer. An `unavailable` service may answer 503."""
    if "x-request-id" not in answer.headers:
        return [] if answer.status in REFUSED_BY_THE_SERVER else [f"{answer.status} without a request id"]
    found = []
    if answer.status >= 500 and not (answer.status == 503 and (unavailable or request.target.startswith("/readyz"))):
        found.append(f"the status {answer.status}")
    if answer.status >= 400 and request.method != "HEAD" and not request.is_page:
        found += [] if gives_a_reason(answer.body) else ["no reason in JSON"]
    if "x-injected" in answer.headers:
        found.append("an injected header")
    return found


def gives_a_reason(body: bytes) -> bool:
    try:
        return bool(json.loads(body))
    except ValueError:
        return False


class Storm:
    """Sends hostile requests from several clients at once."""

    def __init__(self, port: int, secrets: Secrets) -> None:
        self._port, self._secrets = port, secrets
        self.statuses: Counter[int] = Counter()
        self.problems: list[str] = []
        self.links: list[str] = []

    def run(self, requests: int, seed: int, *, unavailable: bool = False) -> None:
        seeds = [seed * CLIENTS + number for number in range(CLIENTS)]
        with ThreadPoolExecutor(CLIENTS) as clients:
            for _ in clients.map(lambda each: self._run(requests // CLIENTS, each, unavailable), seeds):
                pass

    def _run(self, requests: int, seed: int, unavailable: bool) -> None:
        client = HostileClient(seed, self._secrets)
        for _ in range(requests):
            request = client.request()
            answer = send(self._port, request)
            self.statuses[answer.status] += 1
            self.links += [
                answer.headers.get("location", ""),
                *re.findall(rb'"(?:next|previous)":"([^"]*)', answer.body),
            ]
            for problem in problems_of(request, answer, unavailable):
                self.problems.append(f"{problem}: {request.encode()[:1500]!r} -> {answer.body[:300]!r}")


def everything_in_redis(client: Redis) -> str:
    """Return all names, values and streams."""
    found = []
    for name in client.scan_iter(count=1000):
        kind = client.type(name)
        value = client.xrange(name) if kind == b"stream" else client.get(name) if kind == b"string" else ""
        found.append(f"{name!r} {value!r}")
    return "\n".join(found)


def everything_in_tables() -> str:
    """Return all rows but those of the sessions: Django names a session by the cookie."""
    names = set(connection.introspection.table_names()) - {"django_session"}
    return "\n".join(str(row) for name in sorted(names) for row in database.rows(f'SELECT * FROM "{name}"'))


@pytest.fixture
def people(empty, settings) -> None:
    """Create a key, a user who may do anything, and a blog."""
    add_people(settings)


def add_people(settings) -> None:
    settings.PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS
    create_key("site", [], ("collect", "read", "query"), KEY)
    ann = get_user_model().objects.create_superuser("ann", password=PASSWORD)
    Blog.objects.create(title="Page", author=ann, url="a.example/page")


@contextmanager
def serving(folder, **environment: str) -> Iterator[tuple[WebServer, PacketCollector]]:
    """Run a closed server that logs each request and sends its figures."""
    packets = PacketCollector()
    own = {"IDEEZA_API_OPEN": "false", "IDEEZA_ACCESS_LOG": "true", "SECURE_COOKIES": "false"}
    own |= {"IDEEZA_LOGIN_FAILURES_BY_NAME": "1000000", "IDEEZA_LOGIN_FAILURES_BY_ADDRESS": "1000000"}
    own |= {"STATSD_HOST": "127.0.0.1", "STATSD_PORT": str(packets.port), "GRANIAN_LOG_ACCESS_ENABLED": "true"}
    try:
        with web_server(folder, workers=1, **own | environment) as server:
            yield server, packets
    finally:
        packets.end()


def assert_answers(port: int) -> None:
    """Require that the server still does what it should."""
    assert send_json(port, "/events/", EVENT | {"session_id": "after"}, X_API_Key=KEY).status in (201, 400)
    access = json.loads(send_json(port, "/api/token/", {"username": "ann", "password": PASSWORD}).body)["access"]
    asked = send_json(port, "/api/analytics/top/blog/", {"limit": 1}, Authorization=f"Bearer {access}")
    assert (asked.status, json.loads(asked.body)) == (200, [])


def assert_secret(secrets: Secrets, *texts: str) -> None:
    """Require that no credential stands in any of these texts, alone or as part of a Basic header."""
    basic = base64.b64encode(f"ann:{PASSWORD}".encode()).decode()
    for secret in (*secrets, basic):
        assert [line[:1000] for text in texts for line in text.splitlines() if secret in line] == []


@pytest.mark.parametrize("form", ["text", "json"])
def test_hostile_requests_are_refused_and_no_secret_is_written(people, tmp_path, hostile, form):
    with serving(tmp_path, IDEEZA_LOG_FORMAT=form) as (server, packets):
        secrets = log_in(server.port)
        storm = Storm(server.port, secrets)
        storm.run(hostile // 2, seed=("text", "json").index(form))
        assert_answers(server.port)
    log.info("%s", sorted(storm.statuses.items()))
    assert storm.problems == []
    logged = server.log()
    assert "Traceback" not in logged
    assert_secret(secrets, logged, packets.text, "\n".join(map(str, storm.links)), everything_in_tables())


@pytest.mark.postgres
@pytest.mark.redis_server
@pytest.mark.postgres_server
def test_redis_and_postgresql_stop_in_the_middle(own_postgres, settings, tmp_path, hostile):
    add_people(settings)
    redis = RedisServer(tmp_path)
    redis.start()
    with serving(tmp_path, REDIS_URL=redis.url, IDEEZA_INBOX="true") as (server, packets):
        secrets = log_in(server.port)
        storm = Storm(server.port, secrets)
        storm.run(hostile // 4, seed=2)
        kept = everything_in_redis(redis.client)
        redis.stop()
        storm.run(hostile // 4, seed=3, unavailable=True)
        own_postgres.stop()
        storm.run(hostile // 4, seed=4, unavailable=True)
        own_postgres.start()
        redis.start()
        wait_until_ready(server.port)
        storm.run(hostile // 4, seed=5)
        assert_answers(server.port)
        kept += everything_in_redis(redis.client)
        redis.stop()
    log.info("%s", sorted(storm.statuses.items()))
    assert storm.problems == []
    assert storm.statuses[503] > 0
    connection.close()
    assert_secret(secrets, server.log(), packets.text, kept, "\n".join(map(str, storm.links)), everything_in_tables())


def wait_until_ready(port: int) -> None:
    """Wait until Redis is used again and each thread has met its broken connection, which is one 503 each."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    ready = 0
    while ready < 40:
        assert time.monotonic() < deadline
        ready = ready + 1 if send(port, Request("GET", "/readyz", [("Host", "127.0.0.1"), CLOSE])).status == 200 else 0
        time.sleep(0.02)


SMUGGLED = b"GET /admin/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
POST = b"POST /events/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"


RAW = (
    POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    POST + b"Transfer-Encoding: chunked\r\nContent-Length: 60\r\n\r\n0\r\n\r\n" + SMUGGLED,
    POST + b"Content-Length: 2\r\nContent-Length: 60\r\n\r\n{}" + SMUGGLED,
    POST + b"Transfer-Encoding: gzip, identity\r\n\r\n" + SMUGGLED,
    POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    POST + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n" + SMUGGLED,
    POST + b"Content-Length: 50\r\n\r\n{",
    b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET /healthz HTTP/9.9\r\n\r\n",
    b"GET /healthz\r\n\r\n",
    b"\r\n" * 100,
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET / HTTP/1.1\r\nA" + b"a" * 100_000,
    b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nA: 1\n B: 2\r\n\r\n",
)


def test_no_second_request_is_smuggled_into_a_first(raw_server):
    for sent in RAW:
        with closing(socket.create_connection(("127.0.0.1", raw_server.port), 20)) as connected:
            with suppress(OSError):  # refused before all was sent
                connected.sendall(sent)
                connected.shutdown(socket.SHUT_WR)  # half-closed
            answered = read_all(connected)
        assert b" 500 " not in answered and b"/admin/login" not in answered, sent[:200]
    assert "Traceback" not in raw_server.log()
    assert send_json(raw_server.port, "/events/", EVENT).status == 401


def test_pipelined_requests_are_answered_in_their_order(raw_server):
    asked = [f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n" for path in ("/healthz", "/nothing", "/events/")]
    with closing(socket.create_connection(("127.0.0.1", raw_server.port), 20)) as connected:
        connected.sendall("\r\n".join([*asked[:2], asked[2] + "Connection: close\r\n\r\n"]).encode())
        answered = read_all(connected)
    assert [int(status) for status in re.findall(rb"HTTP/1.1 (\d+)", answered)] == [200, 404, 401]


def test_clients_that_send_their_heads_slowly_stop_no_one(raw_server):
    with ExitStack() as opened:
        for _ in range(50):
            slow = opened.enter_context(closing(socket.create_connection(("127.0.0.1", raw_server.port), 20)))
            slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: ")
        assert send_json(raw_server.port, "/events/", EVENT).status == 401


@pytest.fixture
def raw_server(empty, tmp_path) -> Iterator[WebServer]:
    with serving(tmp_path) as (server, _):
        yield server


def read_all(connected: socket.socket) -> bytes:
    """Return what arrives until the server closes the connection or is silent for two seconds."""
    connected.settimeout(2)
    found = b""
    with suppress(TimeoutError, ConnectionError):
        while piece := connected.recv(65536):
            found += piece
    return found
