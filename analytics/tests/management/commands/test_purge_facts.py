"""Purged facts stay counted."""

from datetime import date

import pytest
from django.core.management import CommandError

from analytics.datasets import EVENTS
from analytics.models import (
    BlogView,
    Country,
    Event,
    Summary,
)
from analytics.tests.event_factory import add_events
from analytics.tests.management.commands.conftest import day_total, event_counts, to_bytes, view
from analytics.warehouse.flow import roll_up


def test_purged_days_stay_counted_and_late_facts_come_on_top(viewed, run):
    run("precalculate_stats")
    before = list(Summary.objects.order_by("pk").values_list("pk", "groups", "totals", "ends", "ids", "weights"))
    assert run("purge_facts", "--before", "2025-06-02") == [
        "Dropped 4 facts of 459 days before 2025-06-02; their days are frozen."
    ]
    assert BlogView.objects.count() == 1
    assert roll_up.pending_days() == []
    run("precalculate_stats", "--rebuild")
    after = list(Summary.objects.order_by("pk").values_list("pk", "groups", "totals", "ends", "ids", "weights"))
    assert [tuple(map(to_bytes, row)) for row in after] == [tuple(map(to_bytes, row)) for row in before]

    late = view(viewed, "2024-02-29T12:00")
    run("precalculate_stats")
    assert day_total() == 4
    late.delete()
    run("precalculate_stats")
    assert day_total() == 3
    run("verify_stats")


def test_purging_twice_keeps_counting_every_purged_fact(viewed, run):
    run("precalculate_stats")
    run("purge_facts", "--before", "2025-01-01")
    view(viewed, "2024-02-29T12:00")
    run("precalculate_stats")
    run("purge_facts", "--before", "2025-01-01")
    run("precalculate_stats", "--rebuild")
    assert day_total() == 4
    run("verify_stats")


def test_a_purge_refuses_while_a_day_is_stale(viewed, run):
    with pytest.raises(CommandError, match="Dropped 0 facts.* stale, 2024-02-29 the first. Run precalculate_stats"):
        run("purge_facts", "--before", "2025-01-01")
    assert BlogView.objects.count() == 5


def test_a_country_that_is_deleted_is_unknown_in_purged_days_too(viewed, run):
    run("precalculate_stats")
    run("purge_facts", "--before", "2025-01-01")
    Country.objects.get(code="DE").delete()
    assert roll_up.pending_days() == [date(2024, 2, 29)]
    run("precalculate_stats")
    assert Summary.objects.get(grain=1, start="2024-02-29", roll_up=1).counts[0].total == 2
    assert day_total() == 3
    run("verify_stats")


def test_purged_events_stay_counted_and_late_ones_come_on_top(events, run):
    run("precalculate_stats")
    assert run("purge_facts", "--events", "--before", "2025-01-01") == [
        "Dropped 4 facts of 307 days before 2025-01-01; their days are frozen."
    ]
    assert (Event.objects.count(), BlogView.objects.count()) == (1, 1)
    assert roll_up.pending_days(dataset=EVENTS) == []
    add_events("eve", "page/view", "2024-02-29T20:00")
    run("precalculate_stats", "--rebuild")
    assert event_counts("2024-02-29") == (4, 3)
    run("verify_stats")


def test_a_purge_of_views_leaves_events_alone(events, run):
    run("precalculate_stats")
    run("purge_facts", "--before", "2026-01-01")
    assert (Event.objects.count(), BlogView.objects.count()) == (5, 0)


def test_a_dry_run_of_a_purge_counts_the_facts_and_keeps_them(viewed, run):
    with pytest.raises(CommandError, match="Run precalculate_stats first"):
        run("purge_facts", "--before", "2025-06-02", "--dry-run")
    run("precalculate_stats")
    assert run("purge_facts", "--before", "2025-06-02", "--dry-run") == [
        "DRY-RUN: Would drop 4 facts of 459 days before 2025-06-02."
    ]
    assert BlogView.objects.count() == 5
