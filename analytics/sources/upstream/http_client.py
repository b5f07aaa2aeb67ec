"""Ask another server over HTTP, bounded in time and size, without following redirects."""

import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import urlencode, urlsplit

TIMEOUT_SECONDS = 2.8
"""For the whole exchange once the name is looked up, TLS and headers included. It is less than the shortest interval
between two questions. Looking up a name has no limit in Python but the resolver's own."""
CONNECT_SECONDS = 2.0
MAX_BODY_BYTES = 2_000_000


class NoAnswer(Exception):
    """The server gave no answer, or none in time."""


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class _SecureConnection(HTTPSConnection):
    """A connection whose socket can be shut down during the handshake."""

    def connect(self) -> None:
        HTTPConnection.connect(self)
        self.sock = _tls().wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
        self.sock.do_handshake()


@lru_cache(1)
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def get(url: str, params: Mapping[str, str]) -> Response:
    """Return the answer, whatever its status, also a redirect. Raise NoAnswer, which names the reason and never the
    parameters, because one of them may be a secret."""
    parts = urlsplit(url)
    kind = _SecureConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=CONNECT_SECONDS)
    late = threading.Event()
    try:
        with _ended_after(TIMEOUT_SECONDS, connection, late):
            headers = {"Accept": "application/json", "Connection": "close"}
            connection.request("GET", f"{parts.path or '/'}?{urlencode(params)}", headers=headers)
            answer = connection.getresponse()
            return Response(answer.status, _body(answer), dict(answer.headers))
    except (HTTPException, OSError, ValueError) as error:
        raise NoAnswer(
            f"not finished after {TIMEOUT_SECONDS:g} s" if late.is_set() else type(error).__name__
        ) from error
    finally:
        connection.close()


@contextmanager
def _ended_after(seconds: float, connection: HTTPConnection, late: threading.Event) -> Iterator[None]:
    """Shut the connection down after a time, whatever it waits for: a time-out of the socket starts again with each
    byte. Raise OSError if that has happened."""

    def end() -> None:
        late.set()
        if connection.sock:
            with suppress(OSError):  # it has ended by itself
                connection.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
        if late.is_set():
            raise TimeoutError
    finally:
        timer.cancel()


def _body(answer: HTTPResponse) -> bytes:
    body = answer.read(MAX_BODY_BYTES + 1)
    if len(body) > MAX_BODY_BYTES:
        raise NoAnswer(f"more than {MAX_BODY_BYTES} bytes")
    return body
