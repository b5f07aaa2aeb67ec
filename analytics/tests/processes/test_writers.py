"""Facts written during a run are rolled up by this run or by the next one."""

import threading
from contextlib import closing
from datetime import date
from functools import partial

import pytest
from django.db import connections, transaction

from analytics import database
from analytics.datasets import VIEWS
from analytics.tests.processes import sample_views
from analytics.tests.processes.mid_run import MOMENTS, during_run
from analytics.tests.processes.other_process import TIMEOUT_SECONDS, Task, in_thread
from analytics.warehouse.flow import roll_up
from analytics.warehouse.store import stale_days

NEW = date(2024, 2, 20)
"""A day after all others."""
CHANGES = {
    "an insert": f"""INSERT INTO analytics_blogview (blog_id, timestamp)
                     SELECT min(id), '{sample_views.MIDDLE}' FROM analytics_blog""",
    "a move": f"UPDATE analytics_blogview SET timestamp = '{NEW}' WHERE timestamp < '2023-12-20'",
    "a delete": f"DELETE FROM analytics_blogview WHERE timestamp >= '{sample_views.MIDDLE}'",
}


@pytest.fixture
def other():
    """Open a second connection, with a transaction that stays open until it is committed."""
    with closing(connections.create_connection("default")) as second:
        second.set_autocommit(False)
        yield second


def said_by_facts() -> int:
    return database.value("SELECT count(*) FROM analytics_blogview")


@pytest.mark.postgres
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("days", [1, 1_000], ids=["reading ahead", "reading in turn"])
def test_a_change_committed_in_the_middle_of_a_run_is_in_the_next_run_at_the_latest(
    filled, monkeypatch, days, moment, change
):
    monkeypatch.setattr(roll_up, "MIN_DAYS_READ_AHEAD", days)
    during_run(monkeypatch, moment, lambda: in_thread(lambda: database.execute(CHANGES[change])))
    sample_views.run()
    assert stale_days.stale_days(VIEWS) or sample_views.total() == said_by_facts()
    sample_views.run()
    assert stale_days.stale_days(VIEWS) == []
    assert sample_views.total() == said_by_facts()
    assert sample_views.tables() == sample_views.tables_from_scratch()


@pytest.mark.postgres
def test_a_fact_committed_after_the_facts_are_counted_is_not_in_this_run(filled, monkeypatch):
    change = CHANGES["an insert"]
    during_run(monkeypatch, "after all is folded", lambda: in_thread(lambda: database.execute(change)))
    sample_views.run()
    assert sample_views.total() == 400
    assert stale_days.stale_days(VIEWS) == [sample_views.MIDDLE]
    sample_views.run()
    assert sample_views.total() == 401


@pytest.mark.postgres
@pytest.mark.parametrize("change", CHANGES)
def test_an_open_transaction_neither_blocks_a_run_nor_is_seen_by_it(rolled_up, other, change):
    before = sample_views.tables()
    with other.cursor() as cursor:
        cursor.execute(CHANGES[change])
        stale_days.add(VIEWS, sample_views.DAYS)
        sample_views.run()
        assert sample_views.tables() == before
        assert stale_days.stale_days(VIEWS) == []
        other.commit()
    assert stale_days.stale_days(VIEWS) != []
    sample_views.run()
    assert sample_views.tables() != before
    assert sample_views.total() == said_by_facts()
    assert sample_views.tables() == sample_views.tables_from_scratch()


@pytest.mark.postgres
@pytest.mark.parametrize("change", CHANGES)
def test_a_transaction_that_is_rolled_back_after_a_run_changes_nothing(rolled_up, other, change):
    before = sample_views.tables()
    with other.cursor() as cursor:
        cursor.execute(CHANGES[change])
    sample_views.run()
    other.rollback()
    assert stale_days.stale_days(VIEWS) == []
    assert sample_views.run() == 0
    assert sample_views.tables() == before == sample_views.tables_from_scratch()


@pytest.mark.postgres
def test_writers_do_not_wait_for_a_run(rolled_up, monkeypatch):
    """The tests above would hang if a writer waited. This one has many writes, one after another."""
    sample_views.view(sample_views.MIDDLE)
    written = during_run(
        monkeypatch, "after all is folded", lambda: in_thread(lambda: [sample_views.view(NEW) for _ in range(20)])
    )
    sample_views.run()
    assert len(written) == 1
    assert stale_days.stale_days(VIEWS) == [NEW]


@pytest.mark.sqlite
def test_a_writer_waits_for_the_run_and_is_in_the_next_one(filled, monkeypatch):
    began = threading.Event()

    def write() -> None:
        began.set()
        sample_views.view(NEW)

    writing = during_run(
        monkeypatch, "after its facts are counted", lambda: (Task(write), began.wait(TIMEOUT_SECONDS))[0]
    )
    sample_views.run()
    writing[0].outcome()
    assert sample_views.total() == 400
    assert stale_days.stale_days(VIEWS) == [NEW]
    sample_views.run()
    assert sample_views.total() == 401


@pytest.mark.postgres
def test_a_truncate_with_an_old_snapshot_marks_days_it_cannot_see(rolled_up, other):
    with other.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT count(*) FROM analytics_summary")
        sample_views.view(NEW)
        sample_views.run()
        cursor.execute("TRUNCATE analytics_blogview")
        other.commit()
    assert NEW in stale_days.stale_days(VIEWS)
    sample_views.run()
    assert sample_views.total() == 0
    assert sample_views.tables() == [[], []]
    assert stale_days.stale_days(VIEWS) == [] and stale_days.oldest(VIEWS) is None


@pytest.mark.postgres
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_truncate_in_the_middle_of_a_run_leaves_nothing_after_the_next(rolled_up, other, monkeypatch, moment):
    """The truncate waits for the run if the run has read the facts, and comes first if not."""
    sample_views.view(NEW)

    def truncate() -> Task:
        task = Task(lambda: database.execute("TRUNCATE analytics_blogview"))
        while task.is_alive() and not _waits_for_a_lock(other):
            task.join(0.01)
        return task

    truncating = during_run(monkeypatch, moment, truncate)
    sample_views.run()
    truncating[0].outcome()
    sample_views.run()
    assert sample_views.tables() == [[], []]
    assert stale_days.stale_days(VIEWS) == [] and stale_days.oldest(VIEWS) is None


def _waits_for_a_lock(other) -> bool:
    with other.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'analytics_blogview'::regclass")
        return bool(cursor.fetchone())


@pytest.mark.postgres
def test_writers_and_runs_at_the_same_time_end_in_the_right_tables(filled):
    """Three threads write, move and delete facts while runs follow each other."""
    ended = threading.Event()

    def write(number: int) -> None:
        for n in range(20):
            with transaction.atomic():
                for change in CHANGES.values():
                    database.execute(change)
                sample_views.view(sample_views.DAYS[(19 * number + n) % len(sample_views.DAYS)], times=3)

    writers = [Task(partial(write, number)) for number in range(3)]
    ending = Task(lambda: ([writer.outcome() for writer in writers], ended.set()))
    while not ended.is_set():
        sample_views.run()
    ending.outcome()
    sample_views.run()
    assert sample_views.total() == said_by_facts()
    assert sample_views.tables() == sample_views.tables_from_scratch()
