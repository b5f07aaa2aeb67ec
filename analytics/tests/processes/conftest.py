from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copyfile

import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from redis import Redis

from analytics import cache
from analytics.tests.processes import sample_views
from analytics.tests.processes.load_generator import event
from analytics.tests.processes.other_process import pointed_at
from analytics.tests.processes.servers import RedisServer
from ideeza import env


def execute(database: BaseDatabaseWrapper, sql: str) -> None:
    with database.cursor() as cursor:
        cursor.execute(sql)


@pytest.fixture(scope="session")
def migrated_file(django_db_blocker, tmp_path_factory) -> Path:
    """A SQLite file with all the tables and nothing in them."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.sqlite3"
    with django_db_blocker.unblock(), pointed_at(str(path)):
        call_command("migrate", verbosity=0)
    return path


if connection.vendor == "postgresql":

    @pytest.fixture
    def empty(transactional_db) -> None:
        """A database that other processes can reach, with all the tables and nothing in them."""

    @pytest.fixture
    def scratch(transactional_db) -> Iterator[None]:
        """A database with nothing in it at all, thrown away afterwards."""
        name = f"{connection.settings_dict['NAME']}_scratch"
        own = connections["default"]
        execute(own, f'DROP DATABASE IF EXISTS "{name}"')
        execute(own, f'CREATE DATABASE "{name}"')
        with pointed_at(name):
            yield
        execute(own, f'DROP DATABASE "{name}"')

else:

    @pytest.fixture
    def empty(scratch, migrated_file) -> None:
        """As above: an in-memory database is not to be reached from elsewhere."""
        copyfile(migrated_file, connection.settings_dict["NAME"])

    @pytest.fixture
    def scratch(django_db_setup, django_db_blocker, tmp_path) -> Iterator[None]:
        with django_db_blocker.unblock(), pointed_at(str(tmp_path / "scratch.sqlite3")):
            yield


@pytest.fixture
def filled(empty) -> None:
    """The same with a few hundred views in it, none of them rolled up."""
    sample_views.fill()


@pytest.fixture
def rolled_up(filled) -> None:
    """The same with nothing stale."""
    sample_views.run()


@pytest.fixture(scope="module")
def inbox_server(tmp_path_factory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def inbox_redis(inbox_server, settings, monkeypatch) -> Redis:
    """The inbox is on, and empty."""
    inbox_server.client.flushall()
    settings.CACHES, settings.IDEEZA_INBOX = env.caches(inbox_server.url), True
    monkeypatch.setattr(cache, "_resting_until", 0.0)
    return inbox_server.client


@pytest.fixture
def send(client, inbox_redis) -> Callable[..., None]:
    """Posts events, each acknowledged."""

    def post(*numbers: int) -> None:
        for number in numbers:
            answer = client.post("/eye", event(number), content_type="application/json")
            assert answer.status_code == 200, answer.content

    return post
