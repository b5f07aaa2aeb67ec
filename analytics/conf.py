"""Read Django's settings and give their values to the rest of this application, which reads no settings itself."""

from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from tally.query import Metric


class Retention(NamedTuple):
    """The days for which visits are kept, for which every snapshot is kept, and for which one a minute is kept."""

    visits: int
    snapshots: int
    minutes: int


class LoginFailures(NamedTuple):
    """The failed logins that a user name and an address may have in a minute."""

    by_name: int
    by_address: int


def login_failures() -> LoginFailures:
    return LoginFailures(settings.IDEEZA_LOGIN_FAILURES_BY_NAME, settings.IDEEZA_LOGIN_FAILURES_BY_ADDRESS)


def access_log() -> bool:
    """Return whether each request is logged."""
    return settings.IDEEZA_ACCESS_LOG


def api_open() -> bool:
    """Return whether queries and collectors answer without a key or token, for local use."""
    return settings.IDEEZA_API_OPEN


def all_sites() -> bool:
    """Return whether a user for whom no site access is set sees every site."""
    return settings.IDEEZA_ALL_SITES


def approximate() -> bool:
    """Return whether distinct blogs may be counted from HyperLogLog sketches."""
    return settings.IDEEZA_USE_HLL


def cors_origins() -> list[str]:
    """Return the origins whose pages may read, `*` for any; empty for none."""
    return settings.IDEEZA_CORS_ORIGINS


def performance_metric() -> Metric:
    return Metric(settings.IDEEZA_PERFORMANCE_X_METRIC)


def secret() -> bytes:
    return settings.SECRET_KEY.encode()


def statsd() -> tuple[str, int] | None:
    """Return the address that figures are sent to, or None."""
    return (settings.STATSD_HOST, settings.STATSD_PORT) if settings.STATSD_HOST else None


def metrics_token() -> str:
    """Return the token that `/metrics` asks for; empty when there is no such page and nothing is counted for it."""
    return settings.IDEEZA_METRICS_TOKEN


def metrics_folder() -> Path | None:
    """Return the folder in which the processes of this machine count for `/metrics`, or None when it is off."""
    return Path(settings.IDEEZA_METRICS_FOLDER) if settings.IDEEZA_METRICS_TOKEN else None


def redis_prefix() -> str:
    """Return the text in front of every name in Redis; empty by default."""
    return settings.IDEEZA_REDIS_PREFIX


def redis_configured() -> bool:
    return "redis" in settings.CACHES["default"]["BACKEND"].lower()


def kept_of_addresses() -> str:
    """Return the part of a client's address that is stored: truncate, keep or drop."""
    return settings.IDEEZA_ADDRESSES


def places() -> Path | None:
    """Return the MaxMind DB file of countries by address, or None for the registries' data that come with `iptocc`."""
    return Path(settings.IDEEZA_PLACES) if settings.IDEEZA_PLACES else None


class InboxLimits(NamedTuple):
    """The number of deliveries that may wait in the Redis inbox, and the number of bytes in them."""

    entries: int
    bytes: int


def inbox() -> InboxLimits | None:
    """Return the limits of the Redis inbox; None when it is switched off."""
    limits = InboxLimits(settings.IDEEZA_INBOX_LENGTH, settings.IDEEZA_INBOX_BYTES)
    return limits if settings.IDEEZA_INBOX else None


class FactsCluster(NamedTuple):
    """The ClickHouse cluster that holds the views: hosts to ask first, and its name in `system.clusters`."""

    hosts: tuple[tuple[str, int], ...]
    user: str
    password: str
    database: str
    cluster: str
    secure: bool = False


def facts_cluster() -> FactsCluster | None:
    """Return the cluster that views are written to; None where the database holds all facts."""
    return FactsCluster(**settings.IDEEZA_FACTS) if settings.IDEEZA_FACTS else None


def proxies() -> list[str]:
    """Return the networks of the proxies that are trusted to describe a request, and `unix` for those on a socket."""
    return settings.IDEEZA_PROXIES


def blogs_a_day() -> int:
    """Return how many pages of a site with an owner may become blogs in a day."""
    return settings.IDEEZA_BLOGS_A_DAY


def roll_ups() -> list[tuple[str, ...]]:
    """Return the dimensions of each declared roll-up of views."""
    return settings.IDEEZA_ROLLUPS


def time_zones() -> list[str]:
    """Return the zones whose days are counted, the first zone first."""
    return settings.IDEEZA_TIME_ZONES


def first_zone() -> str:
    """Return the zone of the published endpoints, and of questions that name none."""
    return time_zones()[0]


def new_values_a_day() -> int:
    """Return how many texts that were not seen before the contexts of views may bring in a day."""
    return settings.IDEEZA_NEW_VALUES_A_DAY


def visitors() -> bool:
    """Return whether views keep a hash of who viewed."""
    return settings.IDEEZA_VISITORS


def snapshot_seconds() -> int:
    """Return the seconds from one snapshot to the next."""
    return settings.IDEEZA_SNAPSHOT_SECONDS


def active_seconds() -> int:
    """Return the seconds for which a visitor counts as active after a visit or beat."""
    return settings.IDEEZA_ACTIVE_SECONDS


def kept_days() -> Retention:
    return Retention(
        settings.IDEEZA_KEEP_VISITS_DAYS, settings.IDEEZA_KEEP_SNAPSHOTS_DAYS, settings.IDEEZA_KEEP_MINUTES_DAYS
    )
