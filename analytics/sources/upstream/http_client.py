"""Ask another server over HTTP, bounded in time and size, without following redirects."""

import http.client
import io
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, quote, urlencode, urlsplit

from analytics.sources.upstream import host_names

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

TIMEOUT_SECONDS = 2.8
"""For all of an answer, from looking up the name to the last byte; a server that drips bytes does not get more. It is
less than the shortest interval between two questions."""
CONNECT_SECONDS = 1.4
"""For a connection to one address, so that the next address of the name gets a try as well."""
MAX_BODY_BYTES = 2_000_000
PORTS = {"http": 80, "https": 443}


class NoAnswer(Exception):
    """The server gave no answer, or none in time."""


class Late(NoAnswer):
    def __init__(self) -> None:
        super().__init__(f"not finished after {TIMEOUT_SECONDS:g} s")


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Deadline:
    end: float

    def remaining(self) -> float:
        """Return the seconds that are left. Raise Late if there are none."""
        seconds = self.end - time.monotonic()
        if seconds <= 0:
            raise Late()
        return seconds


def get(url: str, params: Mapping[str, str]) -> Response:
    """Return the answer, whatever its status, also a redirect. Raise NoAnswer, which names the reason and never the
    parameters, because one of them may be a secret."""
    deadline = Deadline(time.monotonic() + TIMEOUT_SECONDS)
    try:
        parts = urlsplit(url)
        with _connect(parts, deadline) as sock:
            return _exchange(TimedSocket(sock, deadline), parts, urlencode(params))
    except TimeoutError as error:
        raise Late() from error
    except (http.client.HTTPException, OSError, ValueError) as error:
        raise NoAnswer(type(error).__name__) from error


def _connect(parts: SplitResult, deadline: Deadline) -> socket.socket:
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    try:
        addresses = host_names.resolve(host, port, deadline.remaining())
    except host_names.NotResolved as error:
        raise NoAnswer(str(error)) from error
    sock = _connect_to_one(addresses, deadline)
    if parts.scheme == "http":
        return sock
    try:
        sock.settimeout(deadline.remaining())  # a handshake's time-out is for all of it
        return _tls().wrap_socket(sock, server_hostname=host)
    except BaseException:
        sock.close()
        raise


def _connect_to_one(addresses: list[host_names.Address], deadline: Deadline) -> socket.socket:
    """Return a connection to the first address that accepts one; raise the error of the last."""
    failure: OSError = OSError("no address")
    for family, address in addresses:
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.settimeout(min(CONNECT_SECONDS, deadline.remaining()))
            sock.connect(address)
            return sock
        except OSError as error:
            sock.close()
            failure = error
        except BaseException:
            sock.close()
            raise
    raise failure


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _exchange(sock: "TimedSocket", parts: SplitResult, query: str) -> Response:
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or PORTS[parts.scheme])
    connection.default_port = PORTS[parts.scheme]  # it is left out of the Host header
    connection.sock = sock
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    connection.request("GET", f"{path}?{query}", headers={"Accept": "application/json", "Connection": "close"})
    with connection.getresponse() as answer:
        return Response(answer.status, _body(answer), dict(answer.headers))


def _body(answer: http.client.HTTPResponse) -> bytes:
    read = bytearray()
    while some := answer.read1(65_536):
        read += some
        if len(read) > MAX_BODY_BYTES:
            raise NoAnswer(f"more than {MAX_BODY_BYTES} bytes")
    if answer.length:
        raise NoAnswer("cut off")
    return bytes(read)


class TimedSocket:
    """What `http.client` needs of a socket. Each operation ends by the deadline, however often a byte arrives."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock, self._deadline = sock, deadline

    def sendall(self, data: bytes) -> None:
        self._sock.settimeout(self._deadline.remaining())
        self._sock.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_TimedReader(self._sock, self._deadline))

    def close(self) -> None:
        """Leave the socket open for the answer; `get` closes it."""


class _TimedReader(io.RawIOBase):
    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock, self._deadline = sock, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        self._sock.settimeout(self._deadline.remaining())
        return self._sock.recv_into(buffer)
