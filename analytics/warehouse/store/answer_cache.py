"""Cache answers by question and version of the summaries. They are never out of date and need no timeout to be right.

They are in Django's cache: Redis, or the memory of this process. Each is signed, so that a foreign value under the same
key is not taken for an answer.
"""

import hashlib
import hmac

from django.core.cache import cache

from analytics import cache as analytics_cache
from analytics import conf

KEPT_SECONDS = 24 * 3600
"""This only bounds the space that old generations take."""


def find(question: str, version: str) -> str | None:
    """Return the JSON of the cached answer, or None."""
    key = _key(question, version)
    kept = analytics_cache.attempt(lambda: cache.get(key))
    if not isinstance(kept, str) or kept[:64] != _signature(question, version, kept[64:]):
        return None
    return kept[64:]


def keep(question: str, version: str, text: str) -> None:
    """Cache the JSON of an answer."""
    key, signed = _key(question, version), _signature(question, version, text) + text
    analytics_cache.attempt(lambda: cache.set(key, signed, KEPT_SECONDS))


def _key(question: str, version: str) -> str:
    return analytics_cache.key(f"answer:{version}:{hashlib.sha256(question.encode()).hexdigest()}")


def _signature(question: str, version: str, text: str) -> str:
    message = f"{version}\n{len(question)}\n{question}{text}".encode()
    return hmac.digest(conf.secret(), message, "sha256").hex()
