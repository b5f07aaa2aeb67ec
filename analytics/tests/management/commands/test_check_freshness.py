"""The exit code says whether summaries are fresh."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from analytics.tests.event_factory import add_events


def test_freshness_is_an_exit_code(viewed, run, capsys):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE analytics_blogview_mark SET marked_at = %s", [timezone.now() - timedelta(seconds=1000)])
    with pytest.raises(SystemExit) as stopped:
        call_command("check_freshness")
    assert stopped.value.code == 1
    assert capsys.readouterr().out.startswith("STALE: 3 stale days, the oldest for 1000 s; never rolled up")
    assert run("check_freshness", "--max-age", "2000")[0].startswith("FRESH: 3 stale days")
    run("precalculate_stats")
    assert run("check_freshness", "--max-age", "1")[0].startswith("FRESH: 0 stale days")


@pytest.mark.parametrize("drop", {"postgresql": [" ON analytics_blogview"], "sqlite": [""]}[connection.vendor])
def test_a_missing_trigger_is_reported_before_anything_is_done(viewed, run, drop):
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER analytics_blogview_updated{drop}")
    with pytest.raises(CommandError, match="analytics_blogview_updated missing"):
        run("precalculate_stats")
    with pytest.raises(SystemExit) as stopped:
        run("check_freshness")
    assert stopped.value.code == 2


def test_freshness_is_of_both(events, run, client):
    run("precalculate_stats")
    assert run("check_freshness")[0].startswith("FRESH: 0 stale days")
    add_events("eve", "page/view", "2024-03-01", "2024-03-02")
    assert run("check_freshness")[0].startswith("FRESH: 2 stale days")
    assert client.get("/readyz").json()["pending_days"] == 2
