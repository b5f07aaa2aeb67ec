"""A killed run leaves nothing to clean up, whatever it was doing."""

import json
import signal
import time

import pytest
from django.db import connection

from analytics import database
from analytics.datasets import VIEWS
from analytics.tests.processes import sample_views
from analytics.tests.processes.killed_rollup import STEPS
from analytics.tests.processes.other_process import TIMEOUT_SECONDS, manage, result_of, start
from analytics.warehouse.flow import roll_up
from analytics.warehouse.store import generations, stale_days
from analytics.warehouse.store.locks import AlreadyRunning, roll_up_lock
from tally.span import EVER


@pytest.fixture(scope="module")
def killer_process(django_db_setup):
    """Start the process that forks and kills runs."""
    process = start("-m", "analytics.tests.processes.killed_rollup")
    yield process
    assert result_of(process) == (0, "", "")


@pytest.fixture
def kill(killer_process):
    """Return a function that starts a run on the database of the test, and returns once it was killed after that
    step."""

    def kill(step: str) -> None:
        killer_process.stdin.write(json.dumps([connection.settings_dict["NAME"], step]) + "\n")
        killer_process.stdin.flush()
        assert killer_process.stdout.readline() == f"{-signal.SIGKILL}\n"

    return kill


def wait_for_the_lock() -> None:
    """Wait until the roll-up lock is free. PostgreSQL needs a moment to notice that a client is gone."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while True:
        try:
            with roll_up_lock():
                return
        except AlreadyRunning:
            assert time.monotonic() < deadline


STALE_YEARS = {"all is committed": set(), "a year is committed": {2023}, "the second year's marks are cleared": {2023}}
"""The years whose days are still stale after a step. After all other steps both are."""


@pytest.mark.parametrize("step", STEPS)
def test_a_run_that_is_killed_leaves_nothing_to_clean_up(filled, kill, step):
    kill(step)
    wait_for_the_lock()
    assert {day.year for day in stale_days.stale_days(VIEWS)} == STALE_YEARS.get(step, {2023, 2024})
    sample_views.run()
    assert stale_days.stale_days(VIEWS) == []
    assert sample_views.tables() == sample_views.tables_from_scratch()


@pytest.mark.parametrize("step", ["new summaries are written", "the ledger is advanced"])
def test_a_run_that_is_killed_over_old_summaries_leaves_them_as_they_were(rolled_up, kill, step):
    before, version = (sample_views.tables(), sample_views.answers()), generations.freshness(VIEWS, EVER).version
    sample_views.view(sample_views.LAST, times=5)
    kill(step)
    assert (sample_views.tables(), sample_views.answers()) == before
    assert generations.freshness(VIEWS, EVER).version == version
    assert stale_days.stale_days(VIEWS) == [sample_views.LAST]
    wait_for_the_lock()
    sample_views.run()
    assert sample_views.total() == 405
    assert sample_views.tables() == sample_views.tables_from_scratch()


def test_a_rebuild_that_is_killed_is_finished_by_the_next_plain_run(rolled_up, kill):
    database.execute("UPDATE analytics_summary SET weights = ids")
    roll_up.make_stale(roll_up.all_days())
    kill("a year is committed")
    wait_for_the_lock()
    sample_views.run()
    assert sample_views.total() == 400
    assert sample_views.tables() == sample_views.tables_from_scratch()


def test_a_run_that_is_not_killed_does_the_same_in_one_go(filled):
    code, said, errors = manage("precalculate_stats")
    assert (code, errors) == (0, "")
    assert "Created 186 new summaries, updated 0 existing summaries" in said
    sample_views.run()  # the tables of the other runs here, for which the last year is not over
    assert sample_views.tables() == sample_views.tables_from_scratch()
