"""Ask another server over HTTP, bounded in time and size, without following redirects."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import urllib3

TIMEOUT_SECONDS = 4.0
"""For all of an answer, from looking up the name to the last byte; a server that drips bytes does not get more."""
MAX_BODY_BYTES = 2_000_000

_pool = urllib3.PoolManager(
    num_pools=64,
    maxsize=2,
    timeout=urllib3.Timeout(connect=2.0, read=3.0),
    retries=False,
    headers={"Accept": "application/json"},
)


class NoAnswer(Exception):
    """The server gave no answer, or none in time."""


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def get(url: str, params: Mapping[str, str]) -> Response:
    """Return the answer, whatever its status, also a redirect. Raise NoAnswer, which names the reason and never the
    parameters, because one of them may be a secret."""
    started = time.monotonic()
    try:
        answer = _pool.request("GET", url, fields=params, redirect=False, preload_content=False)
        try:
            return Response(answer.status, _body(answer, started + TIMEOUT_SECONDS), dict(answer.headers))
        finally:
            answer.close()  # rather than kept: what is left unread must not be read as the next answer
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise NoAnswer(type(error).__name__) from error


def _body(answer: urllib3.BaseHTTPResponse, end: float) -> bytes:
    read = bytearray()
    while some := answer.read1(65_536):
        read += some
        if len(read) > MAX_BODY_BYTES:
            raise NoAnswer(f"more than {MAX_BODY_BYTES} bytes")
        if time.monotonic() > end:
            raise NoAnswer(f"not finished after {TIMEOUT_SECONDS:g} s")
    return bytes(read)
