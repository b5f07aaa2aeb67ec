"""Read every setting that the environment gives; no other module reads the environment."""

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from ipaddress import ip_network
from pathlib import Path
from tempfile import gettempdir
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from analytics.datasets import VIEWS
from tally.errors import BadZone
from tally.roll_ups import BadRollUp, parse_dimensions
from tally.zones import Zone

POSTGRES_SCHEMES = ("postgres", "postgresql")
REDIS_SCHEMES = ("redis://", "rediss://", "unix://")
TRUE_WORDS = ("1", "true", "yes", "on")
FALSE_WORDS = ("", "0", "false", "no", "off")


ORIGIN = re.compile(r"https?://([a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:]+\])(:\d{1,5})?")
"""The text in which browsers send an origin: in lower case, without a path or a slash at the end."""
SHORTEST_KEY = 32
"""Bytes of a key for HMAC-SHA256 (RFC 7518, 3.2)."""


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


def assume(**values: str) -> None:
    """Give a value to each of these names that has none in the environment: for tests, which must run with none set."""
    for name, value in values.items():
        os.environ.setdefault(name, value)


def flag(name: str, default: str = "false") -> bool:
    """Return the value of a switch. Any but the usual words is an error: a mistyped switch must not open access."""
    word = text(name, default).lower()
    if word not in TRUE_WORDS + FALSE_WORDS:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(TRUE_WORDS + FALSE_WORDS[1:])}, not {word!r}")
    return word in TRUE_WORDS


def number(name: str, default: int) -> int:
    word = text(name) or str(default)
    if not word.isdecimal():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {word!r}")
    return int(word)


def positive(name: str, default: int) -> int:
    found = number(name, default)
    if not found:
        raise ImproperlyConfigured(f"{name} must be at least 1")
    return found


def names(name: str, default: str = "") -> list[str]:
    """Return the items of a comma-separated list."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def proxies(name: str) -> list[str]:
    """Return the items of a comma-separated list of networks, as in 10.0.0.0/8; an address is a network of one. The
    word `unix` stands for the peer of a Unix socket, which has no address."""
    try:
        return [each if each == "unix" else str(ip_network(each)) for each in names(name)]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}") from error


def origins(name: str) -> list[str]:
    """Return the items of a comma-separated list of origins, as in https://grafana.example.org, or of `*` for any."""
    found = names(name)
    for each in found:
        if each != "*" and not ORIGIN.fullmatch(each):
            raise ImproperlyConfigured(f"{name}: {each!r} is no origin, as https://grafana.example.org or *")
    return found


def roll_ups(name: str, default: str) -> list[tuple[str, ...]]:
    """Return the dimensions of each roll-up of a list such as `country, country+device`."""
    try:
        found = [parse_dimensions(each, VIEWS.dimensions) for each in names(name, default)]
    except BadRollUp as error:
        raise ImproperlyConfigured(f"{name}: {error}.") from error
    return list(dict.fromkeys(found))


def time_zones(name: str, default: str) -> list[str]:
    """Return the names of time zones, each once."""
    found = list(dict.fromkeys(names(name, default)))
    try:
        for zone in found:
            Zone.named(zone)
    except BadZone as error:
        raise ImproperlyConfigured(f"{name}: {error}.") from error
    return found


CLICKHOUSE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
CLICKHOUSE_PORT = 9000


def facts(name: str) -> dict[str, Any]:
    """Return the ClickHouse cluster of a URL, as in clickhouse://user:password@host:9000,host:9000/database?cluster=name;
    empty when it is not set."""
    url = text(name)
    if not url:
        return {}
    scheme, _, rest = url.partition("://")
    parts = urlsplit(f"//{rest}")
    login, at, hosts = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    options = dict(parse_qsl(parts.query))
    found = {
        "hosts": tuple(_host_and_port(name, each) for each in hosts.split(",")),
        "user": unquote(user) if at else "default",
        "password": unquote(password),
        "database": parts.path.removeprefix("/"),
        "cluster": options.pop("cluster", ""),
        "secure": options.pop("secure", "false") in TRUE_WORDS,
    }
    if scheme != "clickhouse" or options:
        raise ImproperlyConfigured(f"{name} must be clickhouse://user:password@host:9000/database?cluster=name")
    for part in ("database", "cluster"):
        if not CLICKHOUSE_NAME.fullmatch(str(found[part])):
            raise ImproperlyConfigured(f"{name}: {found[part]!r} is no name of a {part}: letters, digits and _")
    return found


def _host_and_port(name: str, given: str) -> tuple[str, int]:
    host, colon, port = given.rpartition(":") if not given.endswith("]") else (given, "", "")
    if not colon:
        host, port = given, str(CLICKHOUSE_PORT)
    if not host or not port.isdecimal():
        raise ImproperlyConfigured(f"{name}: {given!r} is no host, as clickhouse-1:9000")
    return host.strip("[]"), int(port)


def metrics_folder(name: str, database: Mapping[str, Any]) -> str:
    """Return the folder in which the processes of this machine count for Prometheus, and name it to prometheus-client,
    which looks for it in the environment. The default is one for each user and database."""
    installation = "\0".join(str(database.get(part, "")) for part in ("HOST", "PORT", "NAME"))
    digest = hashlib.sha256(installation.encode()).hexdigest()[:12]
    folder = text(name) or f"{gettempdir()}/ideeza-metrics-{os.getuid()}-{digest}"
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    return folder


def inbox(redis_url: str) -> bool:
    """Return whether IDEEZA_INBOX switches the inbox on, which is kept in Redis."""
    wanted = flag("IDEEZA_INBOX")
    if wanted and not redis_url:
        raise ImproperlyConfigured("IDEEZA_INBOX is on and REDIS_URL is not set: the inbox is kept in Redis.")
    return wanted


def choice(name: str, choices: Sequence[str]) -> str:
    """Return the value, which must be one of `choices`; the first of them when it is not set."""
    word = text(name).lower() or choices[0]
    if word not in choices:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(choices)}, not {word!r}")
    return word


def secret_key(debug: bool) -> str:
    """Return SECRET_KEY, which is required when DEBUG is off: tokens signed with a guessable key open everything."""
    key = text("SECRET_KEY")
    if key and not debug and len(key) < SHORTEST_KEY:
        raise ImproperlyConfigured(f"SECRET_KEY has {len(key)} characters; it needs at least {SHORTEST_KEY}.")
    if key:
        return key
    if debug:
        return "for-local-use-only-set-SECRET_KEY-before-anyone-else-can-reach-this"
    raise ImproperlyConfigured(
        "SECRET_KEY is not set and DEBUG is off. Set SECRET_KEY to a long random text "
        "(python -c 'import secrets; print(secrets.token_urlsafe(48))') and keep it: tokens are signed with it."
    )


def database(url: str, sqlite_default: Path | str) -> dict[str, Any]:
    """Return Django's settings of the database at `url`, or of the SQLite file `sqlite_default` when `url` is empty."""
    if not url:
        return sqlite(str(sqlite_default))
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return sqlite(unquote(url.removeprefix("sqlite://").removeprefix("/")) or str(sqlite_default))
    if parts.scheme in POSTGRES_SCHEMES:
        return postgres(url)
    raise ImproperlyConfigured(f"DATABASE_URL must start with postgres:// or sqlite://, not {parts.scheme!r}://")


def sqlite(path: str) -> dict[str, Any]:
    """Return the settings of a SQLite database. Writers queue (BEGIN IMMEDIATE) rather than fail half-way, and WAL lets
    readers continue while one process writes."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 5,
            "init_command": "PRAGMA journal_mode=WAL;",
        },
    }


def postgres(url: str) -> dict[str, Any]:
    """Return the settings of a PostgreSQL database. Connections are kept for a minute and not tested before use: after
    an outage of the database, the first request on each gets a 503. Nothing is set per session, so a transaction pooler
    may stand between."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError as error:
        raise ImproperlyConfigured(f"DATABASE_URL: {error}") from error
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(port or ""),
        "CONN_MAX_AGE": 60,
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


def caches(url: str) -> dict[str, Any]:
    """Return the settings of a cache in Redis at `url`, or in this process's memory. Values are JSON, because a pickle
    read from Redis could run code."""
    if not url:
        return {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    if not url.startswith(REDIS_SCHEMES):
        raise ImproperlyConfigured(f"REDIS_URL must start with one of {', '.join(REDIS_SCHEMES)}")
    patience = {"SOCKET_CONNECT_TIMEOUT": 0.25, "SOCKET_TIMEOUT": 0.5}
    serializer = {"SERIALIZER": "django_redis.serializers.json.JSONSerializer"}
    options = {"CLIENT_CLASS": "django_redis.client.DefaultClient", **patience, **serializer}
    return {"default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": url, "OPTIONS": options}}
