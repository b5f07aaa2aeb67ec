"""Several runs start at the same time, and a late fact costs little."""

import time

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from analytics import database
from analytics.datasets import VIEWS
from analytics.models import Summary
from analytics.tests.processes import sample_views
from analytics.tests.processes.mid_run import MOMENTS, during_run
from analytics.tests.processes.other_process import in_thread, manage, result_of, start
from analytics.warehouse.flow import roll_up
from analytics.warehouse.store import stale_days
from analytics.warehouse.store.locks import AlreadyRunning, roll_up_lock
from tally.span import Bucket, Grain, buckets_of

WAIT = 5
"""Seconds that SQLite waits for another writer."""
BLOCKS = "SELECT pg_stat_get_xact_blocks_fetched('analytics_blogview'::regclass)"


@pytest.mark.parametrize("flags", [(), ("--rebuild",), ("--force",), ("--force", "--days", "9")])
@pytest.mark.postgres
def test_a_run_that_finds_the_lock_held_says_so_and_changes_nothing(filled, flags):
    stale = stale_days.stale_days(VIEWS)
    with roll_up_lock(), pytest.raises(CommandError, match="Another roll-up is running") as refused:
        in_thread(lambda: call_command("precalculate_stats", *flags))
    assert refused.value.returncode == 75
    assert sample_views.tables() == [[], []]
    assert stale_days.stale_days(VIEWS) == stale


def test_a_second_process_reports_the_held_lock_and_exits_with_75(filled):
    stale = stale_days.stale_days(VIEWS)
    with roll_up_lock():
        began = time.monotonic()
        code, said, errors = manage("precalculate_stats")
        waited = time.monotonic() - began
    assert (code, "Another roll-up is running" in errors, "Traceback" in errors) == (75, True, False)
    assert "Created" not in said
    assert waited >= WAIT or connection.vendor == "postgresql"
    assert sample_views.tables() == [[], []]
    assert stale_days.stale_days(VIEWS) == stale
    assert manage("precalculate_stats")[0] == 0
    assert stale_days.stale_days(VIEWS) == []


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.postgres
def test_no_second_run_starts_during_a_run(filled, monkeypatch, moment):
    def other() -> str:
        with pytest.raises(AlreadyRunning):
            sample_views.run()
        return "refused"

    given = during_run(monkeypatch, moment, lambda: in_thread(other))
    sample_views.run()
    assert given == ["refused"]
    assert sample_views.tables() == sample_views.tables_from_scratch()


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.postgres
def test_a_dry_run_is_not_stopped_by_a_run_and_touches_nothing(filled, monkeypatch, moment):
    rehearsed = during_run(
        monkeypatch, moment, lambda: in_thread(lambda: list(roll_up.preview(stale_days.stale_days(VIEWS))))
    )
    sample_views.run()
    assert sum(rolled.created for rolled in rehearsed[0]) == 186
    assert sample_views.tables() == sample_views.tables_from_scratch()


def test_runs_at_once_give_the_tables_of_one_run(filled):
    ended = [result_of(process) for process in [start("manage.py", "precalculate_stats") for _ in range(3)]]
    codes = sorted(code for code, _, _ in ended)
    assert codes[0] == 0 and set(codes) <= {0, 75}, ended
    assert not any("Traceback" in errors for _, _, errors in ended)
    sample_views.run()
    assert sample_views.tables() == sample_views.tables_from_scratch()


def test_the_lock_is_free_after_a_run_and_after_one_that_failed(filled, monkeypatch):
    sample_views.run()
    in_thread(sample_views.run)
    sample_views.view(sample_views.MIDDLE)
    monkeypatch.setattr("analytics.warehouse.store.summaries.fold", lambda *_: 1 / 0)
    before = sample_views.tables()
    with pytest.raises(ZeroDivisionError):
        sample_views.run()
    assert sample_views.tables() == before and stale_days.stale_days(VIEWS) == [sample_views.MIDDLE]
    monkeypatch.undo()
    in_thread(sample_views.run)
    assert stale_days.stale_days(VIEWS) == []


def test_summaries_that_were_lost_are_rebuilt_of_purged_days_too(rolled_up):
    before = sample_views.answers()
    call_command("purge_facts", "--before", "2024-03-01", verbosity=0)
    assert sample_views.answers() == before
    Summary.objects.all().delete()
    call_command("precalculate_stats", "--rebuild", verbosity=0)
    assert sample_views.answers() == before


class TestTheCostOfALateFact:
    def test_only_its_day_and_the_buckets_above_are_rolled_up(self, rolled_up):
        before = self.rows()
        sample_views.view(sample_views.MIDDLE)
        assert sample_views.run() == self.facts_of(sample_views.MIDDLE)
        changed = {(grain, start) for grain, start, *_ in before ^ self.rows()}
        above = [buckets_of([sample_views.MIDDLE], grain)[0] for grain in Grain]
        over = [bucket for bucket in above if bucket.span.end <= sample_views.NOW.date()]
        assert [bucket.grain for bucket in over] == [Grain.DAY, Grain.WEEK, Grain.MONTH]
        assert changed == set(over)

    def test_with_nothing_stale_no_row_is_written(self, rolled_up):
        before = self.rows()
        assert sample_views.run() == 0
        assert self.rows() == before

    def rows(self) -> set[tuple]:
        """Return every row with its place and its transaction, which change whenever it is written."""
        place = "ctid::text, xmin::text" if database.on_postgres() else "rowid, hex(ids) || hex(weights)"
        found = database.rows(f"SELECT grain, start, roll_up, {place} FROM analytics_summary")
        return {(grain, database.as_date(start), *rest) for grain, start, *rest in found}

    def facts_of(self, day) -> int:
        bounds = [database.midnight(edge) for edge in (day, Bucket(Grain.DAY, day).span.end)]
        return database.value(
            "SELECT count(*) FROM analytics_blogview WHERE timestamp >= %s AND timestamp < %s", bounds
        )

    @pytest.mark.postgres
    def test_a_small_part_of_the_facts_is_read(self, filled):
        """There are 300,000 facts of 600 days. PostgreSQL counts the blocks that this transaction reads."""
        database.execute("""INSERT INTO analytics_blogview (blog_id, timestamp)
            SELECT id, '2022-01-01 00:00Z'::timestamptz + n * interval '172.8 s' FROM generate_series(0, 299999) AS n,
            (SELECT min(id) AS id FROM analytics_blog) AS blog""")
        database.execute("SELECT brin_summarize_new_values('analytics_blogview_time')")
        database.execute("ANALYZE analytics_blogview")
        every_fact, every_block = self.blocks_of(sample_views.run)
        sample_views.view(sample_views.DAYS[0].replace(year=2022, month=6))
        facts, blocks = self.blocks_of(sample_views.run)
        assert (every_fact, facts) == (300_400, 501)
        assert 0 < blocks < 0.25 * every_block

    def blocks_of(self, act) -> tuple[int, int]:
        """Return the result of `act`, and the number of blocks of the table of facts that it reads."""
        with transaction.atomic():
            before = database.value(BLOCKS)
            return act(), database.value(BLOCKS) - before
