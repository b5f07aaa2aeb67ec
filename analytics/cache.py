"""Access to data that may be lost at any time: Django's cache, and Redis behind it. Without it the answers are the
same, only slower.

The client of Redis is loaded when it is first needed: few commands need it, and it takes a tenth of their start.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from analytics import conf, database
from analytics.models import Installation

if TYPE_CHECKING:
    from redis import Redis

log = logging.getLogger(__name__)
REST_SECONDS = 5
"""The seconds without a new try after a failure: each try may cost the time-out of a socket."""

T = TypeVar("T")
_resting_until = 0.0


def attempt(act: Callable[[], T]) -> T | None:
    """Return the result of `act`, or None when it fails: by a refused connection, a time-out, a value of the wrong
    kind."""
    global _resting_until
    if time.monotonic() < _resting_until:
        return None
    try:
        return act()
    except Exception as error:  # noqa: BLE001 - whatever it is, the answer can be had without
        if _is_unreadable(error):
            return None
        log.warning("The cache failed (%s: %s). Not used for %s s.", type(error).__name__, error, REST_SECONDS)
        _resting_until = time.monotonic() + REST_SECONDS
        return None


def _is_unreadable(error: Exception) -> bool:
    """Return whether the error is of a value of another program or another type: it comes at once, so the cache needs
    no rest."""
    from redis import ResponseError

    return isinstance(error, ValueError | ResponseError)


def key(name: str) -> str:
    """Return the key in Redis, or in Django's cache, of what this installation calls `name`.

    The installation's name is read from the database, once a second; the first call of a process may raise its errors.
    """
    return f"{conf.redis_prefix()}ideeza:{_installation.get()}:{name}"


def _find_or_name_installation() -> str:
    """Return the name that the installation in this database has, or gets if the row is gone."""
    return Installation.objects.get_or_create(id=1)[0].name


_installation = database.Recent(_find_or_name_installation)


def forget_installation() -> None:
    """Read the installation's name from the database again when it is needed next."""
    _installation.forget()


def redis() -> Redis | None:
    """Return the client of the Redis server that is configured, or None without one."""
    return attempt(_connection) if conf.redis_configured() else None


def _connection() -> Redis:
    from django_redis import get_redis_connection

    client: Redis = get_redis_connection("default")
    return client
