import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory

import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from redis import Redis

from analytics.tests.processes import sample_views
from analytics.tests.processes.load_generator import event
from analytics.tests.processes.other_process import connected_to, manage
from analytics.tests.processes.postgres import PostgresServer
from analytics.tests.processes.servers import RedisServer
from ideeza import env

collect_ignore = ["absent"]
signal.signal(signal.SIGINT, signal.default_int_handler)  # a run in the background ignores it, as would its children


def execute(database: BaseDatabaseWrapper, sql: str) -> None:
    with database.cursor() as cursor:
        cursor.execute(sql)


@pytest.fixture(scope="session")
def migrated_file(django_db_blocker, tmp_path_factory) -> Path:
    """Create a SQLite file with all tables and no rows."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.sqlite3"
    with django_db_blocker.unblock(), connected_to(str(path)):
        call_command("migrate", verbosity=0)
    return path


if connection.vendor == "postgresql":

    @pytest.fixture
    def empty(transactional_db) -> None:
        """Provide a database that other processes can reach, with all tables and no rows."""

    @pytest.fixture
    def scratch(transactional_db) -> Iterator[None]:
        """Provide a database without any table, and drop it afterwards."""
        name = f"{connection.settings_dict['NAME']}_scratch"
        own = connections["default"]
        execute(own, f'DROP DATABASE IF EXISTS "{name}"')
        execute(own, f'CREATE DATABASE "{name}"')
        with connected_to(name):
            yield
        execute(own, f'DROP DATABASE "{name}"')

else:

    @pytest.fixture
    def empty(scratch, migrated_file) -> None:
        """Provide a database that other processes can reach: a file, because they cannot reach one in memory."""
        copyfile(migrated_file, connection.settings_dict["NAME"])

    @pytest.fixture
    def scratch(django_db_setup, django_db_blocker, tmp_path) -> Iterator[None]:
        with django_db_blocker.unblock(), connected_to(str(tmp_path / "scratch.sqlite3")):
            yield


@pytest.fixture
def filled(empty) -> None:
    """Provide such a database with a few hundred views, none of them rolled up."""
    sample_views.fill()


@pytest.fixture
def rolled_up(filled) -> None:
    """Provide such a database with views, all of them rolled up."""
    sample_views.run()


@pytest.fixture(scope="module")
def inbox_server(tmp_path_factory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def inbox_redis(inbox_server, settings) -> Redis:
    """Switch the inbox on, and empty it."""
    inbox_server.client.flushall()
    settings.CACHES, settings.IDEEZA_INBOX = env.caches(inbox_server.url), True
    return inbox_server.client


@pytest.fixture
def send(client, inbox_redis) -> Callable[..., None]:
    """Return a function that posts events and requires that each is acknowledged."""

    def post(*numbers: int) -> None:
        for number in numbers:
            answer = client.post("/eye", event(number), content_type="application/json")
            assert answer.status_code == 200, answer.content

    return post


@pytest.fixture
def own_postgres(postgres_programs, django_db_blocker) -> Iterator[PostgresServer]:
    """Run a PostgreSQL with all tables, and make it the default connection."""
    with TemporaryDirectory() as folder, django_db_blocker.unblock():
        server = PostgresServer(postgres_programs, Path(folder))
        server.start()
        server.execute(f"CREATE DATABASE {server.NAME}", "postgres")
        with connected_to(server.NAME, HOST="127.0.0.1", PORT=str(server.port), USER=server.USER, PASSWORD=""):
            assert manage("migrate", "--verbosity", "0")[::2] == (0, "")
            yield server
        server.stop()
