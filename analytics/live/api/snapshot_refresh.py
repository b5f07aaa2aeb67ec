"""Keep the snapshots current while requests are answered, so that the live pages also work where no worker runs."""

import logging
import threading
from datetime import datetime

from django.db import DatabaseError, InterfaceError, OperationalError, connection
from rest_framework.exceptions import APIException

from analytics.live.flow import poll_upstreams, take_snapshots
from analytics.live.flow.poll_upstreams import UpstreamSource

log = logging.getLogger(__name__)
MAX_WAIT_SECONDS = 0.25
"""The longest time in seconds that a caller waits for an upstream service; the next caller sees a later answer."""


class UpstreamRefuses(APIException):
    status_code = 400
    default_detail = "The service that knows this host's visitors refuses us."
    default_code = "upstream"


def keep_up(host: str, now: datetime) -> bool:
    """Take the snapshots that are due and that no worker has taken. Return whether nothing can change for this host
    until the next snapshot. Raise UpstreamRefuses when the upstream service of the host refuses to answer."""
    source = poll_upstreams.source(host)
    if source is None:
        return _take_due_snapshots(now)
    if poll_upstreams.is_due(source, now):
        _poll_briefly(source, now)
        source = poll_upstreams.source(host)
    if source and source.refuses:
        raise UpstreamRefuses()
    return False


def _take_due_snapshots(now: datetime) -> bool:
    try:
        return take_snapshots.keep_up(now)
    except OperationalError:  # another process is SQLite's one writer: the snapshots there are will do
        return False


def _poll_briefly(source: UpstreamSource, now: datetime) -> None:
    polling = threading.Thread(target=_poll, args=(source, now), daemon=True)
    polling.start()
    polling.join(MAX_WAIT_SECONDS)


def _poll(source: UpstreamSource, now: datetime) -> None:
    try:
        poll_upstreams.poll(source, now)
    except (DatabaseError, InterfaceError) as error:
        log.warning(
            "The answer of the upstream service for %s could not be stored: %s", source.host, str(error).strip()
        )
    finally:
        connection.close()
