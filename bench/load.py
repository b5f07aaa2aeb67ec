"""HTTP clients that keep their connections and send one request after the other, in one thread with plain sockets."""

import selectors
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass

END_OF_HEAD = b"\r\n\r\n"


class Refused(Exception):
    """The server did not answer 200, 201 or 202."""


@dataclass(slots=True)
class Client:
    socket: socket.socket
    sent: float = 0.0
    received: bytes = b""

    def send(self, request: bytes) -> None:
        self.received, self.sent = b"", time.perf_counter()
        self.socket.sendall(request)

    def finished(self) -> bool:
        """Read what has arrived and return whether the answer is complete."""
        arrived = self.socket.recv(1 << 16)
        if not arrived:
            raise Refused("the server closed the connection")
        self.received += arrived
        head, separator, body = self.received.partition(END_OF_HEAD)
        if not separator:
            return False
        if not head.startswith((b"HTTP/1.1 200 ", b"HTTP/1.1 201 ", b"HTTP/1.1 202 ")):
            raise Refused(self.received.decode(errors="replace")[:500])
        return len(body) >= _length(head)


def _length(head: bytes) -> int:
    """
    >>> _length(b"HTTP/1.1 200 OK\\r\\nContent-Length: 12")
    12
    """
    return int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])


def post(port: int, path: str, body: bytes, token: str = "", key: str = "") -> bytes:
    who = f"Authorization: Bearer {token}" if token else f"X-API-Key: {key}"
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{who}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def get(port: int, path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()


def run(port: int, requests: Iterator[bytes], *, clients: int, seconds: float) -> list[float]:
    """Return the seconds that each answer took, for all answers within `seconds`."""
    found: list[float] = []
    with selectors.DefaultSelector() as selector:
        for client in [Client(socket.create_connection(("127.0.0.1", port), 10)) for _ in range(clients)]:
            client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(client.socket, selectors.EVENT_READ, client)
            client.send(next(requests))
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            for key, _ in selector.select(1):
                if key.data.finished():
                    found.append(time.perf_counter() - key.data.sent)
                    key.data.send(next(requests))
        for key in list(selector.get_map().values()):
            key.fileobj.close()
    return found


def paced(port: int, request: bytes, *, clients: int, seconds: float, rate: float) -> list[float]:
    """Return the seconds that each answer took, at `rate` requests per second. Time counts from the moment that a
    request was due, so waiting for a free client is included."""
    found: list[float] = []
    idle = [Client(socket.create_connection(("127.0.0.1", port), 10)) for _ in range(clients)]
    with selectors.DefaultSelector() as selector:
        for client in idle:
            client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(client.socket, selectors.EVENT_READ, client)
        began, sent = time.perf_counter(), 0
        while len(found) < seconds * rate:
            due = began + sent / rate
            while idle and due <= time.perf_counter() and sent < seconds * rate:
                client = idle.pop()
                client.send(request)
                client.sent = due
                sent, due = sent + 1, began + (sent + 1) / rate
            for key, _ in selector.select(max(0.0, due - time.perf_counter()) if idle else 1):
                if key.data.finished():
                    found.append(time.perf_counter() - key.data.sent)
                    idle.append(key.data)
        for key in list(selector.get_map().values()):
            key.fileobj.close()
    return found
