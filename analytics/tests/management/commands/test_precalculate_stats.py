"""The output of `precalculate_stats`, and which days it rolls up."""

import itertools
from argparse import ArgumentTypeError
from datetime import UTC, date, datetime

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from analytics.datasets import EVENTS
from analytics.management.commands import precalculate_stats
from analytics.models import (
    BlogView,
    DailyAnalyticsSummary,
    Event,
    EventSummary,
    Generation,
    PurgedSummary,
    Summary,
)
from analytics.tests.event_factory import add_events
from analytics.tests.management.commands.conftest import DONE, event_counts, event_tables, view
from analytics.warehouse.flow import roll_up


def tables():
    return [
        list(model.objects.order_by("pk").values_list()) for model in (Summary, PurgedSummary, Generation, BlogView)
    ]


def test_a_first_run_creates_and_says_what_and_from_when(viewed, run):
    assert run("precalculate_stats") == [
        "Starting pre-calculation...",
        "  Range: 2024-02-29 to today",
        DONE.format(4, 0),
    ]
    assert DailyAnalyticsSummary.objects.count() == 4


def test_a_second_run_has_nothing_to_do_and_a_rebuild_does_all(viewed, run):
    run("precalculate_stats")
    assert run("precalculate_stats")[-1] == DONE.format(0, 0)
    for spelling in ("--rebuild", "--force"):
        assert run("precalculate_stats", spelling)[-1] == DONE.format(0, 4)


def test_summaries_of_deleted_facts_are_removed(viewed, run):
    run("precalculate_stats")
    BlogView.objects.filter(country__code="US", timestamp__year=2024).delete()
    BlogView.objects.filter(timestamp__year=2025).delete()
    assert run("precalculate_stats")[-1] == DONE.format(0, 1) + ", removed 2"
    assert not Summary.objects.filter(start__year=2025).exists()


def test_an_empty_database_has_no_data(run):
    assert run("precalculate_stats") == [
        "Starting pre-calculation...",
        f"  Range: {timezone.now():%Y-%m-%d} to today",
        "No data found.",
    ]


def test_a_dry_run_says_what_it_would_do_and_changes_nothing(viewed, run):
    before = tables()
    assert run("precalculate_stats", "--dry-run")[-1] == (
        "DRY-RUN: Would create 4 new summaries, update 0 existing summaries"
    )
    assert tables() == before
    assert len(roll_up.pending_days()) == 3
    run("precalculate_stats")
    before = tables()
    assert run("precalculate_stats", "--dry-run", "--rebuild")[-1] == (
        "DRY-RUN: Would create 0 new summaries, update 4 existing summaries"
    )
    assert tables() == before
    assert roll_up.pending_days() == []


def test_days_and_dates_limit_a_run_to_their_range(viewed, run):
    assert run("precalculate_stats", "--days", "7")[1:] == ["  Range: last 7 days", DONE.format(1, 0)]
    assert run("precalculate_stats", "--from", "2025-06-01", "--to", "2025-06-01")[1:] == [
        "  Range: 2025-06-01 to 2025-06-01",
        DONE.format(1, 0),
    ]
    assert run("precalculate_stats", "--to", "2025-05-31")[-1] == DONE.format(2, 0)
    assert roll_up.pending_days() == []


def test_options_are_keywords_too(viewed, run):
    call_command("precalculate_stats", days=30, dry_run=True)
    call_command("precalculate_stats", rebuild=True)
    call_command("precalculate_stats", force=True, **{"from": "2024-01-01"})
    assert DailyAnalyticsSummary.objects.count() == 4


@pytest.mark.parametrize(
    "arguments",
    [
        ["--days", "0"],
        ["--days", "many"],
        ["--from", "tomorrow"],
        ["--from", "2024-01-02", "--to", "2024-01-01"],
        ["--days", "3", "--from", "2024-01-01"],
        ["--max-seconds", "-1"],
    ],
)
def test_arguments_that_make_no_sense_are_refused(db, arguments):
    with pytest.raises((CommandError, ArgumentTypeError)):
        call_command("precalculate_stats", *arguments)


@pytest.mark.parametrize("name", ["from", "to"])
def test_an_empty_date_is_refused(db, name):
    with pytest.raises(CommandError, match="not a date"):
        call_command("precalculate_stats", **{name: ""})


def test_a_run_that_is_out_of_time_leaves_the_rest_stale(viewed, run, monkeypatch):
    clock = itertools.count()
    monkeypatch.setattr(precalculate_stats.time, "monotonic", lambda: next(clock))
    lines = run("precalculate_stats", "--max-seconds", "1")
    assert lines[-2:] == [DONE.format(1, 0), "Stopped by --max-seconds with 2 days still stale; run again to go on."]
    assert roll_up.pending_days() == [date(2024, 2, 29), date(2025, 6, 1)]


def test_stopping_between_commits_keeps_what_is_done_newest_first(viewed):
    steps = roll_up.roll_up(roll_up.pending_days(), datetime(2026, 1, 1, tzinfo=UTC))
    assert next(steps).days == 1
    steps.close()
    assert roll_up.pending_days() == [date(2024, 2, 29), date(2025, 6, 1)]
    assert sum(step.created for step in roll_up.roll_up(roll_up.pending_days(), timezone.now())) == 3


def test_a_range_that_is_not_stale_is_not_touched(viewed, run):
    run("precalculate_stats")
    before = Summary.objects.get(grain=1, start="2024-02-29", roll_up=0).generation
    view(viewed, "2025-06-02")
    run("precalculate_stats")
    assert Summary.objects.get(grain=1, start="2024-02-29", roll_up=0).generation == before


def test_a_run_rolls_up_both_and_has_a_line_for_events(events, run):
    assert run("precalculate_stats") == [
        "Starting pre-calculation...",
        "  Range: 2024-02-29 to today",
        DONE.format(1, 0),
        "Events: created 3 new summaries, updated 0 existing summaries (3 days)",
    ]
    assert DailyAnalyticsSummary.objects.count() == 1
    assert event_counts("2024-02-29") == (3, 2)
    assert EventSummary.objects.get(grain=4, start="2024-01-01", roll_up=0).totals == [4]
    assert run("precalculate_stats")[-1] == DONE.format(0, 0)


def test_options_hold_for_both(events, run):
    before = event_tables()
    assert run("precalculate_stats", "--dry-run")[-2:] == [
        "DRY-RUN: Would create 1 new summaries, update 0 existing summaries",
        "DRY-RUN: Events: would create 3 new summaries, update 0 existing summaries (3 days)",
    ]
    assert event_tables() == before
    assert run("precalculate_stats", "--from", "2024-03-01", "--to", "2024-12-31")[-2:] == [
        DONE.format(0, 0),
        "Events: created 1 new summaries, updated 0 existing summaries (1 days)",
    ]
    assert roll_up.pending_days(dataset=EVENTS) == [date(2024, 2, 29), date(2025, 6, 1)]
    run("precalculate_stats")
    Event.objects.filter(timestamp__year=2025).delete()
    assert run("precalculate_stats", "--rebuild")[-1] == (
        "Events: created 0 new summaries, updated 2 existing summaries, removed 1 (459 days)"
    )


def test_events_alone_are_data_too(run):
    add_events("ann", "page/view", "2024-02-29T12:00")
    assert run("precalculate_stats")[-2:] == [
        DONE.format(0, 0),
        "Events: created 1 new summaries, updated 0 existing summaries (1 days)",
    ]
