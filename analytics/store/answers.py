"""Kept answers, by question and version of the summaries: never out of date, so they need no time-out to be right.

They lie in Django's cache: Redis when there is one, else this process's memory. Each carries a signature, so that what
somebody else wrote under our keys is not taken for an answer. A cache that fails is left alone for a while.
"""

import hashlib
import hmac
import logging
import time
from typing import TypeVar

import msgspec
from django.core.cache import cache

from analytics import conf

log = logging.getLogger(__name__)
KEPT_SECONDS = 24 * 3600
"""Only to bound the space that old generations take."""
REST_SECONDS = 5
"""How long a cache that failed is not asked again: each try may cost the time-out of a socket."""

T = TypeVar("T")
_resting_until = 0.0


def find(question: str, version: str, type: type[T]) -> T | None:
    """The kept answer, or None when there is none to be had."""
    kept = _attempt(lambda: cache.get(_key(question, version)))
    if not isinstance(kept, str) or kept[:64] != _signature(question, version, kept[64:]):
        return None
    return msgspec.json.decode(kept[64:], type=type)


def keep(question: str, version: str, answer: object) -> None:
    text = msgspec.json.encode(answer).decode()
    _attempt(lambda: cache.set(_key(question, version), _signature(question, version, text) + text, KEPT_SECONDS))


def _key(question: str, version: str) -> str:
    return f"answer:{version}:{hashlib.sha256(question.encode()).hexdigest()}"


def _signature(question: str, version: str, text: str) -> str:
    message = f"{version}\n{len(question)}\n{question}{text}".encode()
    return hmac.digest(conf.secret(), message, "sha256").hex()


def _attempt(act):
    """What `act` gives, or None when the cache fails. Failing may be anything: a refused connection, a time-out,
    bytes that are not what the client expects."""
    global _resting_until
    if time.monotonic() < _resting_until:
        return None
    try:
        return act()
    except Exception as error:  # noqa: BLE001 - whatever a cache does, the answer can be computed
        log.warning(
            "The cache failed (%s: %s); answering without it for %s s.", type(error).__name__, error, REST_SECONDS
        )
        _resting_until = time.monotonic() + REST_SECONDS
        return None
