"""Summaries are compared with the facts."""

from datetime import UTC, date, datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from analytics.models import (
    BlogView,
    EventSummary,
    Summary,
)
from analytics.tests.event_factory import add_events
from analytics.tests.management.commands.conftest import view
from analytics.warehouse.flow import roll_up


def test_verification_agrees_until_a_summary_is_wrong(viewed, run):
    run("precalculate_stats")
    assert run("verify_stats")[-1].endswith("agree with the facts.")
    Summary.objects.filter(grain=1, start="2024-02-29", roll_up=0).update(totals=[7])
    with pytest.raises(CommandError, match="1 of .* differ") as stopped:
        run("verify_stats", "--repair")
    assert stopped.value.returncode == 3
    assert roll_up.pending_days() == [date(2024, 2, 29)]
    run("precalculate_stats")
    run("verify_stats")


@pytest.mark.parametrize("grain", [1, 2, 3, 4])
def test_a_wrong_byte_in_any_grain_is_found_and_named(viewed, run, capsys, grain):
    run("precalculate_stats")
    row = Summary.objects.filter(grain=grain, roll_up=0).order_by("start").first()
    Summary.objects.filter(pk=row.pk).update(weights=b"\x09")
    with pytest.raises(CommandError):
        call_command("verify_stats", "--from", "2024-01-01", "--to", "2024-12-31")
    assert str(row.start) in capsys.readouterr().out


def test_a_late_fact_differs_until_the_next_run(viewed, run, capsys):
    run("precalculate_stats")
    view(viewed, "2024-02-29")
    with pytest.raises(CommandError):
        call_command("verify_stats")
    assert "2024-02-29 differs by total, country: 3 views in summaries, 4 in facts (stale" in capsys.readouterr().out


@pytest.mark.parametrize("trigger", ["blogview_updated", "author_renamed"])
def test_a_missing_trigger_is_restored_and_all_days_are_rolled_up_again(viewed, run, capsys, trigger):
    run("precalculate_stats")
    table = "auth_user" if trigger.startswith("author") else "analytics_blogview"
    with connection.cursor() as cursor:
        cursor.execute(
            f"DROP TRIGGER analytics_{trigger}" + {"postgresql": f" ON {table}", "sqlite": ""}[connection.vendor]
        )
    BlogView.objects.filter(country__code="DE").update(timestamp=datetime(2024, 3, 1, tzinfo=UTC))
    with pytest.raises(CommandError, match="differ"):
        call_command("verify_stats", "--repair")
    assert f"Restored analytics_{trigger} and marked all" in capsys.readouterr().out
    run("precalculate_stats")
    assert run("verify_stats")[-1].endswith("agree with the facts.")
    assert run("check_freshness")[0].startswith("FRESH")


def test_verification_names_the_days_of_events_that_differ(events, run, capsys):
    run("precalculate_stats")
    assert run("verify_stats")[-1].endswith("agree with the facts.")
    EventSummary.objects.filter(grain=1, start="2024-02-29", roll_up=0).update(weights=b"\x09\x09")
    add_events("eve", "page/view", "2024-03-01")
    with pytest.raises(CommandError, match="differ from the facts") as stopped:
        call_command("verify_stats", "--repair")
    output = capsys.readouterr().out
    assert stopped.value.returncode == 3
    assert "2024-02-29 differs by total: 3 events in summaries, 3 in facts\n" in output
    assert "2024-03-01 differs by total, kind: 1 events in summaries, 2 in facts (stale" in output
    assert "views in" not in output
    run("precalculate_stats")
    assert run("verify_stats")[-1].endswith("agree with the facts.")
