"""Shared fixtures, and the rules for tests that cannot run here. A test for another database is deselected. A test that
lacks a program is skipped or, with REQUIRE_ALL=1, fails."""

import os
import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.cache import cache as django_cache
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from analytics import cache, clock, conf
from analytics.access.api import user_tokens
from analytics.access.flow import authenticate_key
from analytics.access.store import login_failures
from analytics.database import clickhouse, recent
from analytics.datasets import DATASETS
from analytics.ingest.flow import validate_event
from analytics.ingest.store import session_and_kind_ids
from analytics.live.store import visitor_salts
from analytics.models import Generation
from analytics.tests.processes.clickhouse import ClickHouseCluster
from analytics.tests.warehouse_factory import TODAY, create_warehouse
from analytics.warehouse.flow import answer_question
from analytics.warehouse.flow import ask as ask_flow
from analytics.warehouse.store import contexts
from analytics.warehouse.store.facts import cluster_tables

PASSWORD = "open sesame"
REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"
POSTGRES_HOMES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda home: int(home.parent.name), reverse=True)
SYSTEM_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin", *map(str, POSTGRES_HOMES)])
"""Debian keeps pgbouncer in a folder of root, and PostgreSQL's programs in a folder for each version."""
PROGRAMS = {
    "browser": ["chromium", "chromium-browser", "google-chrome"],
    "pgbouncer": ["pgbouncer"],
    "redis_server": ["redis-server"],
    "nginx": ["nginx"],
    "openssl": ["openssl"],
    "postgres_server": ["initdb"],
    "clickhouse": ["clickhouse-server"],
}
FLUSHED = pytest.StashKey[bool]()
"""Whether a transactional test ran since the database was reset."""
PROCESS = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
"""Which of the processes this is that run tests at once. Each has a database of its own, and one of Redis."""
if PROCESS and conf.redis_configured():
    address = urlsplit(settings.CACHES["default"]["LOCATION"])
    number = int(address.path.strip("/") or 0) + PROCESS
    settings.CACHES["default"]["LOCATION"] = urlunsplit(address._replace(path=f"/{number}"))


def program(marker: str) -> str | None:
    """Return the path of the program that tests with this marker need, or None."""
    return next(filter(None, (shutil.which(name, path=SYSTEM_PATH) for name in PROGRAMS[marker])), None)


@pytest.fixture(autouse=True)
def few_roll_ups(settings):
    """Declare only what the published endpoints ask for: most tests are not about roll-ups, and each one costs time."""
    settings.IDEEZA_ROLLUPS = [("country",)]


@pytest.fixture
def kept_connection(monkeypatch):
    """Keep the connection of the test open at the end of a request."""
    monkeypatch.setattr(connection, "close_if_unusable_or_obsolete", lambda: None)


@pytest.fixture
def unforgetting(monkeypatch):
    """Remember what was read of the database for an hour, so that a slow test reads as often as a fast one."""
    monkeypatch.setattr(recent, "RECENT_SECONDS", 3600.0)


@pytest.fixture
def chromium() -> str | None:
    """Return the path of the browser, for tests marked `browser`."""
    return program("browser")


@pytest.fixture
def pgbouncer() -> str | None:
    """Return the path of the pooler, for tests marked `pgbouncer`."""
    return program("pgbouncer")


@pytest.fixture(scope="session")
def nginx_program() -> str | None:
    """The path of the proxy, for tests marked `nginx`."""
    return program("nginx")


@pytest.fixture(scope="session")
def postgres_programs() -> Path:
    """Return the folder of PostgreSQL's own programs, for tests marked `postgres_server`."""
    return Path(program("postgres_server")).resolve().parent


@pytest.fixture(scope="session")
def cluster_servers(tmp_path_factory) -> Iterator[ClickHouseCluster]:
    """Run a ClickHouse cluster, for tests marked `clickhouse`, until the end of the session."""
    programs = {"clickhouse-server": program("clickhouse"), "java": shutil.which("java")}
    servers = ClickHouseCluster(programs, tmp_path_factory.mktemp("clickhouse"))
    yield servers
    clickhouse.close()
    servers.stop()


@pytest.fixture
def facts_cluster(cluster_servers, settings, request) -> ClickHouseCluster:
    """Keep the views of a test on the cluster, in a database of its own."""
    cluster_servers.start_all()
    clickhouse.close()
    name = f"t{zlib.crc32(request.node.nodeid.encode())}_{os.getpid()}"
    settings.IDEEZA_FACTS = cluster_servers.address(name)._asdict()
    cluster_servers.database = name
    list(cluster_tables.migrate())
    return cluster_servers


def pytest_addoption(parser):
    parser.addoption("--storm", type=float, default=6, help="seconds that each storm of requests lasts")
    parser.addoption("--kills", type=int, default=4, help="how many commands are killed over a cluster of facts")
    parser.addoption("--histories", type=int, default=1, help="how many random histories take place on a cluster")
    parser.addoption("--hostile", type=int, default=600, help="how many hostile requests are sent")


@pytest.fixture(autouse=True)
def reset_flushed_database(request, django_db_blocker):
    """Restore the generations that the flush after a transactional test deletes, and empty the tables without a model,
    which it keeps, and in which the deletions leave marks."""
    if transactional(request):
        request.getfixturevalue("transactional_db")
        cache.forget_installation()
        reset_database(connection)
        request.config.stash[FLUSHED] = True
    elif request.config.stash.get(FLUSHED, False):
        with django_db_blocker.unblock():
            cache.forget_installation()
            reset_database(connection)
            request.config.stash[FLUSHED] = connection.in_atomic_block  # the tests of a class share a transaction


@pytest.fixture(autouse=True)
def clear_caches(monkeypatch):
    """Clear the caches, which may hold keys, schemas, ids and salts of another test's database, and use Redis whatever
    became of it in another test."""
    monkeypatch.setattr(cache, "_resting_until", 0.0)
    authenticate_key.clear_cache()
    user_tokens.forget()
    ask_flow.forget_answers()
    answer_question.forget_answers()
    login_failures.clear_local()
    if conf.redis_configured():
        django_cache.delete_pattern("*:login:*")
    validate_event.clear_cache()
    session_and_kind_ids.clear_cache()
    contexts.clear_cache()
    visitor_salts.forget()


@pytest.fixture
def today(monkeypatch):
    """Set the clock to the day of the last view in `warehouse`."""
    monkeypatch.setattr(clock, "today", lambda: TODAY)
    return TODAY


@pytest.fixture
def warehouse(db, today):
    return create_warehouse()


@pytest.fixture
def ask(client):
    def post(path, body=None):
        return client.post(f"/api/analytics/{path}", body or {}, content_type="application/json")

    return post


@pytest.fixture
def lines(ask):
    def points(path, body=None):
        response = ask(path, body)
        assert response.status_code == 200, response.content
        return [(point["x"], point["y"], point["z"]) for point in response.json()]

    return points


@pytest.fixture
def reader(db, settings):
    """Create a user, and close the API to requests without a token."""
    settings.IDEEZA_API_OPEN = False
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
    return User.objects.create_user("reader", password=PASSWORD)


def transactional(request) -> bool:
    marker = request.node.get_closest_marker("django_db")
    names = {"transactional_db", "live_server"} & set(request.fixturenames)
    return bool(names or marker and (marker.kwargs.get("transaction") or marker.args[:1] == (True,)))


def reset_database(database: BaseDatabaseWrapper) -> None:
    """Delete all marks and recorded label changes, and set the generations to those before the first roll-up."""
    with database.cursor() as cursor:
        tables = [table for dataset in DATASETS for table in (dataset.marks, dataset.stale)]
        for table in ("analytics_label_change", *tables):
            cursor.execute(f"DELETE FROM {table}")
    before = {"number": 0, "rolled_up_at": None}
    for dataset in DATASETS:
        Generation.objects.using(database.alias).update_or_create(id=dataset.id, defaults=before)


def unrunnable_markers() -> set[str]:
    """Return the markers of tests that this database and this cache cannot run."""
    markers = {"sqlite"} if connection.vendor == "postgresql" else {"postgres", "pgbouncer"}
    return markers if "redis" in settings.CACHES["default"]["BACKEND"] else markers | {"redis"}


def pytest_collection_modifyitems(config, items):
    """Deselect what cannot run here instead of skipping it: a skip always means that a program is missing."""
    unrunnable = unrunnable_markers()
    left_out = [item for item in items if any(mark.name in unrunnable for mark in item.iter_markers())]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


def pytest_runtest_setup(item):
    for marker, names in PROGRAMS.items():
        if item.get_closest_marker(marker) and not program(marker):
            pytest.skip(f"needs {' or '.join(names)}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Turn a skipped test into a failed one with REQUIRE_ALL=1."""
    report = yield
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and REQUIRE_ALL=1: {report.longrepr[2]}"
    return report
