"""The server behind the shipped proxy: clients that send slowly, errors of the proxy, and what it forwards and logs."""

import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from typing import NamedTuple

import pytest

from analytics.tests.processes.proxy import nginx
from analytics.tests.processes.servers import free_port
from analytics.tests.processes.web_and_workers import web_server

HONEST, SLOW = "127.0.0.2", "127.0.0.3"
"""The addresses of the clients. 127.0.0.1 is that of a proxy in front of nginx."""
SLOW_HEAD = (
    b"POST /events/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
)
IN_TIME = 10
EVENT = {"category": "c", "name": "n"}


class Answer(NamedTuple):
    status: int
    body: bytes
    seconds: float


def send(port: int, path: str, body: bytes | None = None, *, source: str = HONEST, **headers: str) -> Answer:
    began = time.monotonic()
    named = {"Content-Type": "application/json"} | {name.replace("_", "-"): text for name, text in headers.items()}
    with closing(HTTPConnection("127.0.0.1", port, timeout=IN_TIME, source_address=(source, 0))) as connection:
        connection.request("GET" if body is None else "POST", path, body, named)
        answer = connection.getresponse()
        return Answer(answer.status, answer.read(), time.monotonic() - began)


@contextmanager
def slow_clients(port: int, number: int) -> Iterator[None]:
    """Open `number` connections that send a byte of a body every 0.2 seconds, without credentials."""
    with ExitStack() as opened:
        sockets = [
            opened.enter_context(socket.create_connection(("127.0.0.1", port), 5, source_address=(SLOW, 0)))
            for _ in range(number)
        ]
        for each in sockets:
            each.sendall(SLOW_HEAD)
        ended = threading.Event()
        dripping = threading.Thread(target=_drip, args=(sockets, ended))
        dripping.start()
        try:
            time.sleep(1)
            yield
        finally:
            ended.set()
            dripping.join()


def _drip(sockets: list[socket.socket], ended: threading.Event) -> None:
    while not ended.wait(0.2):
        for each in sockets:
            each.sendall(b" ")


def honest_session(port: int, number: int) -> list[Answer]:
    event = json.dumps(EVENT | {"session_id": f"s{number}"}).encode()
    return [send(port, "/healthz"), send(port, "/events/", event), send(port, "/api/analytics/top/blog/", b"{}")]


def test_without_a_buffering_proxy_slow_bodies_stop_the_server(empty, tmp_path):
    with web_server(tmp_path, workers=1) as server, slow_clients(server.port, 16), pytest.raises(TimeoutError):
        send(server.port, "/healthz")


@pytest.mark.nginx
def test_slow_clients_do_not_keep_honest_ones_waiting(empty, tmp_path, nginx_program):
    with (
        web_server(tmp_path, workers=1) as server,
        nginx(nginx_program, tmp_path / "nginx", server.port) as port,
        slow_clients(port, 16),
        ThreadPoolExecutor(50) as clients,
    ):
        answers = [answer for each in clients.map(lambda n: honest_session(port, n), range(50)) for answer in each]
    assert Counter(answer.status for answer in answers) == {200: 100, 201: 50}
    assert max(answer.seconds for answer in answers) < IN_TIME


@pytest.mark.nginx
def test_an_address_has_a_limit_that_others_do_not_feel(empty, tmp_path, nginx_program):
    with (
        web_server(tmp_path, workers=1) as server,
        nginx(nginx_program, tmp_path / "nginx", server.port) as port,
        slow_clients(port, 64),
    ):
        refused = send(port, "/healthz", source=SLOW)
        assert (refused.status, json.loads(refused.body)["code"]) == (429, "throttled")
        assert send(port, "/healthz").status == 200


@pytest.mark.nginx
def test_the_proxy_forwards_the_scheme_and_prefix_of_a_tls_proxy_only(empty, tmp_path, nginx_program):
    claims = {"X_Forwarded_Proto": "https", "X_Forwarded_Prefix": "/stats", "X_Forwarded_For": "192.0.2.9"}
    visit = json.dumps({"domain": "example.com", "path": "/a", "subject": "A"}).encode()
    with (
        web_server(tmp_path, workers=1, IDEEZA_PROXIES="127.0.0.1") as server,
        nginx(nginx_program, tmp_path / "nginx", server.port) as port,
    ):

        def url(source: str) -> str:
            return json.loads(send(port, "/api/visits/", visit, source=source, Host="localhost", **claims).body)["url"]

        assert url("127.0.0.1").startswith("https://localhost/stats/api/visits/")
        assert url(HONEST).startswith("http://localhost/api/visits/")
        assert json.loads(send(port, "/readyz").body)["forwarded_from_undeclared"] is None
    log = (tmp_path / "nginx" / "access.log").read_text().splitlines()
    assert [line.split()[0] for line in log] == ["192.0.2.9", HONEST, HONEST]


@pytest.mark.nginx
def test_the_proxy_takes_the_largest_body_and_refuses_a_larger_one_in_json(empty, tmp_path, nginx_program):
    event = json.dumps(EVENT | {"session_id": "s"}).encode()
    with web_server(tmp_path, workers=1) as server, nginx(nginx_program, tmp_path / "nginx", server.port) as port:
        assert send(port, "/events/", event.ljust(1_000_000)).status == 201
        refused = send(port, "/events/", event.ljust(1_000_001))
        assert (refused.status, json.loads(refused.body)["code"]) == (413, "too_large")


@pytest.mark.nginx
def test_the_proxy_says_in_json_that_the_server_is_away_and_logs_no_key(tmp_path, nginx_program):
    with nginx(nginx_program, tmp_path / "nginx", free_port()) as port:
        answer = send(port, "/api/visits/?apikey=0123456789secret", b"{}", Referer="http://a/?k=0123456789secret")
        assert (answer.status, list(json.loads(answer.body))) == (503, ["detail"])
    logs = "".join(path.read_text() for path in (tmp_path / "nginx").glob("*log"))
    assert "/api/visits/ 503" in logs and "secret" not in logs
