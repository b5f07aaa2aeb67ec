"""Look up host names, bounded in time. The system's resolver has no time limit and cannot be interrupted, so it runs in
a thread that the caller does not wait for longer than it wants. A name has at most one such thread."""

import queue
import socket
import threading
from typing import Any

Address = tuple[socket.AddressFamily, Any]
"""A family, and an address of that family."""
MAX_LOOKUPS = 32
"""The names that may be looked up at once; more are refused until the resolver answers for one of these."""

_pending: set[str] = set()
_lock = threading.Lock()


class NotResolved(Exception):
    """The name has no address, or the resolver did not find it in time."""


def resolve(host: str, port: int, seconds: float) -> list[Address]:
    """Return the addresses of a host, in the order to try them."""
    try:
        return _addresses(host, port, socket.AI_NUMERICHOST)
    except OSError:
        return _look_up(host, port, seconds)


def _look_up(host: str, port: int, seconds: float) -> list[Address]:
    _start(host)
    found: queue.SimpleQueue[list[Address] | Exception] = queue.SimpleQueue()

    def run() -> None:
        try:
            found.put(_addresses(host, port))
        except Exception as error:  # noqa: BLE001 - it is raised where the caller waits
            found.put(error)
        finally:
            _end(host)

    try:
        threading.Thread(target=run, name=f"resolve {host}", daemon=True).start()
    except RuntimeError:
        _end(host)
        raise NotResolved("no thread for the resolver") from None
    return _wait(found, seconds)


def _wait(found: "queue.SimpleQueue[list[Address] | Exception]", seconds: float) -> list[Address]:
    try:
        result = found.get(timeout=seconds)
    except queue.Empty:
        raise NotResolved("the name was not resolved in time") from None
    if isinstance(result, Exception):
        raise NotResolved(f"the name has no address ({type(result).__name__})") from result
    return result


def _addresses(host: str, port: int, flags: int = 0) -> list[Address]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    return [(family, address) for family, _, _, _, address in found]


def _start(host: str) -> None:
    with _lock:
        if host in _pending:
            raise NotResolved("the resolver has not answered for the name yet")
        if len(_pending) >= MAX_LOOKUPS:
            raise NotResolved("the resolver answers for too few names")
        _pending.add(host)


def _end(host: str) -> None:
    with _lock:
        _pending.discard(host)
