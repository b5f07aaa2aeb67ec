"""Behind a transaction pooler, each transaction may use another connection, and no connection keeps a state."""

from contextlib import ExitStack, closing

import psycopg2
import pytest
from django.core.management import call_command
from django.db import connection, connections

from analytics.datasets import VIEWS
from analytics.models import BlogView
from analytics.tests.processes import sample_views
from analytics.tests.processes.other_process import Task, connected_to, database_url, manage, result_of, start
from analytics.tests.processes.servers import pooler
from analytics.warehouse.store import stale_days
from analytics.warehouse.store.locks import roll_up_lock

pytestmark = [pytest.mark.postgres, pytest.mark.pgbouncer]

SIZE = 2
LOCKS = """SELECT count(*) FROM pg_locks JOIN pg_database ON database = pg_database.oid
           WHERE locktype = 'advisory' AND datname = current_database()"""
STATE = ("jit", "work_mem", "ideeza.purging", "TimeZone", "transaction_isolation", "default_transaction_read_only")


@pytest.fixture
def pool(empty, pgbouncer):
    """Run a pooler in front of the database of the test, and yield its port."""
    with pooler(pgbouncer, connection.settings_dict, size=SIZE) as port:
        yield port


@pytest.fixture
def pooled(pool):
    """Connect this process through the pooler, too."""
    known = connections.settings["default"]
    connections.settings["default"] = {**known, "HOST": "127.0.0.1", "PORT": str(pool)}
    with connected_to(known["NAME"]):
        yield
    connections.settings["default"] = known


@pytest.fixture
def forwards_again(empty):
    """Migrate forwards at the end, even if a test that migrates backwards fails."""
    yield
    call_command("migrate", verbosity=0)


def session_state(port: int) -> list[tuple]:
    """Return the settings and locks of each connection of the pool. All of them are open at the same time."""
    known = connection.settings_dict
    found = []
    with ExitStack() as held:
        for _ in range(SIZE):
            login = {"dbname": known["NAME"], "user": known["USER"], "host": "127.0.0.1", "port": port}
            cursor = held.enter_context(closing(psycopg2.connect(**login))).cursor()
            settings = ", ".join(f"current_setting('{name}', true)" for name in STATE)
            cursor.execute(f"SELECT pg_backend_pid(), {settings}, ({LOCKS})")
            found.append(cursor.fetchone())
    assert len({row[0] for row in found}) == SIZE
    return [tuple(value or None for value in row[1:]) for row in found]


def test_migrations_inserts_runs_and_questions_work_through_it_and_leave_nothing_behind(forwards_again, pool, pooled):
    before = session_state(pool)
    url = database_url()
    assert f":{pool}/" in url
    assert manage("migrate", "analytics", "0001", url=url)[::2] == (0, "")
    assert manage("migrate", url=url)[::2] == (0, "")
    sample_views.fill()
    assert stale_days.stale_days(VIEWS) != []
    code, said, errors = manage("precalculate_stats", url=url)
    assert (code, errors) == (0, "") and "Created 186" in said
    asked = sample_views.answers()
    assert sample_views.total() == 400
    sample_views.run()  # on the day of the other runs here, when the last year is not over
    assert sample_views.tables() == sample_views.tables_from_scratch()
    assert asked == sample_views.answers()
    sample_views.view(sample_views.MIDDLE)
    assert stale_days.stale_days(VIEWS) == [sample_views.MIDDLE]
    sample_views.run()
    assert session_state(pool) == before


def test_a_purge_through_it_leaves_later_deletions_marked(pool, pooled):
    sample_views.fill()
    sample_views.run()
    before = session_state(pool)
    code, _, errors = manage("purge_facts", "--before", "2024-01-01", url=database_url())
    assert code == 0, errors
    assert stale_days.stale_days(VIEWS) == []
    assert session_state(pool) == before
    assert sample_views.total() == 400
    for view in BlogView.objects.all()[:6]:
        view.delete()
    sample_views.run()
    assert sample_views.total() == 394


def test_a_run_that_finds_the_lock_held_through_it_exits_with_75(pool, pooled):
    sample_views.fill()
    with roll_up_lock():
        assert manage("precalculate_stats", url=database_url())[0] == 75
    assert manage("precalculate_stats", url=database_url())[0] == 0
    assert sample_views.total() == 400


def test_runs_and_questions_at_once_through_two_connections(pool, pooled):
    sample_views.fill()
    sample_views.run()
    answers = sample_views.answers()
    stale_days.add(VIEWS, sample_views.DAYS)
    runs = [start("manage.py", "precalculate_stats", url=database_url()) for _ in range(2)]
    askers = [Task(lambda: [sample_views.answers() for _ in range(5)]) for _ in range(4)]
    assert [asker.outcome() for asker in askers] == [[answers] * 5] * 4
    codes = sorted(result_of(run)[0] for run in runs)
    assert codes in ([0, 0], [0, 75])
    sample_views.run()
    assert sample_views.tables() == sample_views.tables_from_scratch()
