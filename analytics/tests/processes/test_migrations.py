"""Migrations run forwards, backwards and forwards again, and the database works each time."""

from datetime import date

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from analytics import database
from analytics.datasets import DATASETS, EVENTS, VIEWS
from analytics.models import EventSummary, Generation, Installation
from analytics.tests.event_factory import add_events
from analytics.tests.processes import sample_views
from analytics.warehouse.store import generations, stale_days
from tally.span import EVER

OBJECTS = {
    "postgresql": """
        SELECT relkind::text, relname FROM pg_class
        WHERE relname LIKE 'analytics%%' AND relnamespace = 'public'::regnamespace
        UNION ALL SELECT 'trigger', tgname FROM pg_trigger WHERE tgname LIKE 'analytics%%' AND NOT tgisinternal
        UNION ALL SELECT 'function', proname FROM pg_proc WHERE proname LIKE 'analytics%%'""",
    "sqlite": "SELECT type, name FROM sqlite_master WHERE name LIKE 'analytics%%'",
}


def objects() -> set[tuple[str, str]]:
    return set(database.rows(OBJECTS[connection.vendor].replace("%%", "%")))


def migrate(*arguments: str) -> None:
    call_command("migrate", *arguments, verbosity=0)


def works() -> bool:
    """Return whether new facts are marked, rolled up and answered."""
    sample_views.fill()
    stale = stale_days.stale_days(VIEWS)
    sample_views.run()
    return stale != [] and sample_views.total() == 400 and stale_days.stale_days(VIEWS) == []


def test_migrating_forwards_gives_a_working_database(scratch):
    migrate()
    assert works()


def test_migrating_backwards_leaves_nothing(scratch):
    migrate()
    assert {"analytics_blogview_mark", "analytics_blogview_inserted"} <= {name for _, name in objects()}
    migrate("analytics", "zero")
    assert objects() == set()


def test_migrating_forwards_backwards_and_forwards_again_gives_the_same(scratch):
    migrate()
    made = objects()
    for target in ("0001", "zero"):
        migrate("analytics", target)
        assert objects() < made
        migrate()
        assert objects() == made
    assert works()


def test_migrating_back_to_the_tables_and_forwards_again_keeps_the_facts(scratch):
    migrate()
    sample_views.fill()
    sample_views.run()
    kept = sample_views.tables()
    migrate("analytics", "0001")
    with pytest.raises(DatabaseError), transaction.atomic():
        stale_days.stale_days(VIEWS)
    migrate()
    assert sample_views.tables() == kept
    assert sample_views.total() == 400
    sample_views.run()  # without triggers no change was marked, so all days are stale
    sample_views.view(sample_views.MIDDLE)
    assert stale_days.stale_days(VIEWS) == [sample_views.MIDDLE]


def test_facts_from_before_the_triggers_are_stale(scratch):
    migrate()
    migrate("analytics", "0001")
    add_events("ann", "page/view", "2024-02-29T23:59", "2024-03-01")
    sample_views.fill()
    migrate()
    assert stale_days.stale_days(EVENTS) == [date(2024, 2, 29), date(2024, 3, 1)]
    assert len(stale_days.stale_days(VIEWS)) == len(sample_views.DAYS)
    call_command("precalculate_stats", verbosity=0)
    assert EventSummary.objects.get(grain=4, roll_up=0).totals == [2]
    migrate("analytics", "0004")
    migrate()
    assert Generation.objects.count() == len(DATASETS)


def test_a_flushed_database_still_works(empty):
    sample_views.fill()
    sample_views.run()
    call_command("flush", interactive=False, verbosity=0)
    assert generations.freshness(VIEWS, EVER).as_of is None
    assert sample_views.answers() == [[]] * len(sample_views.QUESTIONS)
    assert works()
    assert Generation.objects.count() == len(DATASETS)


def test_a_flush_keeps_the_name_that_running_processes_use_in_redis(empty):
    name = Installation.objects.get().name
    call_command("flush", interactive=False, verbosity=0)
    assert Installation.objects.get().name == name
