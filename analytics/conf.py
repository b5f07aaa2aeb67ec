"""What the settings say, as values chosen once. Nothing else here reads Django's settings."""

from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from tally.query import Metric


class Retention(NamedTuple):
    """Days that visits are kept, that every snapshot is, and that one a minute is."""

    visits: int
    snapshots: int
    minutes: int


def api_open() -> bool:
    """Queries and collectors answer without a key or token: for local use."""
    return settings.IDEEZA_API_OPEN


def approximate() -> bool:
    """Distinct blogs may be counted from HyperLogLog sketches."""
    return settings.IDEEZA_USE_HLL


def performance_metric() -> Metric:
    return Metric(settings.IDEEZA_PERFORMANCE_X_METRIC)


def secret() -> bytes:
    return settings.SECRET_KEY.encode()


def statsd() -> tuple[str, int] | None:
    """Where figures are sent, or None."""
    return (settings.STATSD_HOST, settings.STATSD_PORT) if settings.STATSD_HOST else None


def redis_configured() -> bool:
    return "redis" in settings.CACHES["default"]["BACKEND"].lower()


def kept_of_addresses() -> str:
    """How much of a client's address is stored: truncate, keep or drop."""
    return settings.IDEEZA_ADDRESSES


def places() -> Path | None:
    """A MaxMind DB file of countries by address, or None for the registries' data that come with `iptocc`."""
    return Path(settings.IDEEZA_PLACES) if settings.IDEEZA_PLACES else None


def inbox() -> int | None:
    """How many deliveries may wait in the Redis inbox; None when it is switched off."""
    return settings.IDEEZA_INBOX_LENGTH if settings.IDEEZA_INBOX else None


def proxies() -> list[str]:
    """Networks of proxies that are believed when they say whom a request is from."""
    return settings.IDEEZA_PROXIES


def snapshot_seconds() -> int:
    """From one snapshot to the next."""
    return settings.IDEEZA_SNAPSHOT_SECONDS


def active_seconds() -> int:
    """How long a visitor who was seen counts as active."""
    return settings.IDEEZA_ACTIVE_SECONDS


def kept_days() -> Retention:
    return Retention(
        settings.IDEEZA_KEEP_VISITS_DAYS, settings.IDEEZA_KEEP_SNAPSHOTS_DAYS, settings.IDEEZA_KEEP_MINUTES_DAYS
    )
