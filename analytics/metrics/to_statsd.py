"""Send figures to StatsD, when a host is set. A figure is one UDP packet: no caller waits, and a dead host costs
nothing."""

import logging
import time

import statsd

from analytics import conf

log = logging.getLogger(__name__)
RETRY_SECONDS = 60
"""The least number of seconds before a host name that did not resolve is looked up again."""

_known: dict[tuple[str, int], tuple[statsd.Connection | None, float]] = {}


def _connection() -> statsd.Connection | None:
    address = conf.statsd()
    if address is None:
        return None
    connection, tried = _known.get(address, (None, -float("inf")))
    if connection is None and time.monotonic() - tried > RETRY_SECONDS:
        connection = _connect(address)
        _known[address] = connection, time.monotonic()
    return connection


def _connect(address: tuple[str, int]) -> statsd.Connection | None:
    try:
        return statsd.Connection(*address)
    except OSError as error:
        log.warning("StatsD at %s:%d cannot be reached (%s); figures are dropped.", *address, error)
        return None


def timing(name: str, milliseconds: float) -> None:
    if connection := _connection():
        statsd.Timer("", connection).send(name, milliseconds / 1000)


def count(name: str, number: int) -> None:
    if connection := _connection():
        statsd.Counter("", connection).increment(name, number)


def gauge(name: str, number: int) -> None:
    if connection := _connection():
        statsd.Gauge("", connection).send(name, number)
