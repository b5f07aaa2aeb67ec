"""What the commands say and do about events, beside what they say about views."""

from datetime import UTC, date, datetime

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone

from analytics.datasets import EVENTS
from analytics.models import (
    Blog,
    BlogView,
    DailyAnalyticsSummary,
    ErrorRecord,
    Event,
    EventSummary,
    Generation,
    PurgedEventSummary,
    Session,
    SessionCount,
    Summary,
)
from analytics.tests.event_factory import happen
from analytics.tests.management.commands.test_precalculate_stats import DONE, run  # noqa: F401 - a fixture
from analytics.warehouse.flow import roll_up


@pytest.fixture
def events(db):
    """Five events of two sessions and two kinds on three days, and one view."""
    happen("ann", "page/view", "2024-02-29T12:00", "2024-02-29T13:00", "2024-03-01")
    happen("bob", "page/view", "2024-02-29T14:00")
    happen("bob", "cta/click", "2025-06-01")
    blog = Blog.objects.create(title="Cats", author=User.objects.create(username="ann"))
    BlogView.objects.create(blog=blog, timestamp=datetime(2025, 1, 1, tzinfo=UTC))


def tables():
    models = (Summary, EventSummary, PurgedEventSummary, Generation, Event)
    return [[tuple(map(plain, row)) for row in model.objects.order_by("pk").values_list()] for model in models]


def plain(value):
    return bytes(value) if isinstance(value, memoryview) else value


def counted(day, kind=-1):
    """Events and sessions of a day, as its summary has them."""
    return EventSummary.objects.values_list("total", "distinct_count").get(grain=1, start=day, group_id=kind)


def test_a_run_rolls_up_both_and_has_a_line_for_events(events, run):  # noqa: F811
    assert run("precalculate_stats") == [
        "Starting pre-calculation...",
        "  Range: 2024-02-29 to today",
        DONE.format(1, 0),
        "Events: created 3 new summaries, updated 0 existing summaries (3 days)",
    ]
    assert DailyAnalyticsSummary.objects.count() == 1
    assert counted("2024-02-29") == (3, 2)
    assert EventSummary.objects.get(grain=4, start="2024-01-01", group_id=-1).counts.total == 4
    assert run("precalculate_stats")[-1] == DONE.format(0, 0)


def test_options_hold_for_both(events, run):  # noqa: F811
    before = tables()
    assert run("precalculate_stats", "--dry-run")[-2:] == [
        "DRY-RUN: Would create 1 new summaries, update 0 existing summaries",
        "DRY-RUN: Events: would create 3 new summaries, update 0 existing summaries (3 days)",
    ]
    assert tables() == before
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


def test_events_alone_are_data_too(run):  # noqa: F811
    happen("ann", "page/view", "2024-02-29T12:00")
    assert run("precalculate_stats")[-2:] == [
        DONE.format(0, 0),
        "Events: created 1 new summaries, updated 0 existing summaries (1 days)",
    ]


def test_verification_names_the_days_of_events_that_differ(events, run, capsys):  # noqa: F811
    run("precalculate_stats")
    assert run("verify_stats")[-1].endswith("agree with the facts.")
    EventSummary.objects.filter(grain=1, start="2024-02-29", group_id=-1).update(weights=b"\x09\x09")
    happen("eve", "page/view", "2024-03-01")
    with pytest.raises(CommandError, match="differ from the facts") as stopped:
        call_command("verify_stats", "--repair")
    said = capsys.readouterr().out
    assert stopped.value.returncode == 3
    assert "2024-02-29 differs: 3 events in summaries, 3 in facts\n" in said
    assert "2024-03-01 differs: 1 events in summaries, 2 in facts (stale" in said
    assert "views in" not in said
    run("precalculate_stats")
    assert run("verify_stats")[-1].endswith("agree with the facts.")


def test_freshness_is_of_both(events, run, client):  # noqa: F811
    run("precalculate_stats")
    assert run("check_freshness")[0].startswith("FRESH: 0 stale days")
    happen("eve", "page/view", "2024-03-01", "2024-03-02")
    assert run("check_freshness")[0].startswith("FRESH: 2 stale days")
    assert client.get("/readyz").json()["pending_days"] == 2


def test_purged_events_stay_counted_and_late_ones_come_on_top(events, run):  # noqa: F811
    run("precalculate_stats")
    assert run("purge_facts", "--events", "--before", "2025-01-01") == [
        "Dropped 4 facts of 307 days before 2025-01-01; their days are frozen."
    ]
    assert (Event.objects.count(), BlogView.objects.count()) == (1, 1)
    assert roll_up.pending_days(dataset=EVENTS) == []
    happen("eve", "page/view", "2024-02-29T20:00")
    run("precalculate_stats", "--rebuild")
    assert counted("2024-02-29") == (4, 3)
    run("verify_stats")


def test_a_purge_of_views_leaves_events_alone(events, run):  # noqa: F811
    run("precalculate_stats")
    run("purge_facts", "--before", "2026-01-01")
    assert (Event.objects.count(), BlogView.objects.count()) == (5, 0)


def error(session):
    return ErrorRecord.objects.create(
        session_id=session,
        category="page",
        name="view",
        timestamp=timezone.now(),
        payload={"session_id": session},
        field="data",
        reason="no",
        recorded_at=timezone.now(),
        content=f"{ErrorRecord.objects.count():032}",
    )


@pytest.mark.parametrize("purged", [False, True])
def test_an_erased_session_leaves_no_trace(events, run, purged):  # noqa: F811
    error("bob"), error("ann")
    number = Session.objects.get(name="bob").pk
    run("precalculate_stats")
    if purged:
        run("purge_facts", "--events", "--before", "2024-12-31")
    assert run("erase", "--session", "bob") == [
        f"Erased {1 if purged else 2} events and 1 error records. A view knows no session: none was touched.",
        "Rolled up 2 days.",
        "Nothing names the session any more.",
    ]
    assert not Session.objects.filter(name="bob").exists()
    assert not SessionCount.objects.filter(name="bob").exists()
    assert [record.session_id for record in ErrorRecord.objects.all()] == ["ann"]
    kept = [*EventSummary.objects.all(), *PurgedEventSummary.objects.all()]
    assert all(number not in each.counts.ids for each in kept) and kept
    assert counted("2024-02-29") == (2, 1)
    assert not EventSummary.objects.filter(start__year=2025).exists()
    assert BlogView.objects.count() == 1
    run("verify_stats")


def test_erasing_a_session_twice_or_one_that_never_was_changes_nothing(events, run):  # noqa: F811
    run("precalculate_stats")
    run("erase", "--session", "bob")
    before = tables()[:3]
    for name in ("bob", "nobody"):
        assert run("erase", "--session", name) == [
            "Erased 0 events and 0 error records. A view knows no session: none was touched.",
            "Rolled up 0 days.",
            "Nothing names the session any more.",
        ]
    assert tables()[:3] == before


def test_a_session_that_goes_on_sending_keeps_its_name_until_it_is_erased_again(events, run, monkeypatch):  # noqa: F811
    run("precalculate_stats")
    real = roll_up.pending_days
    monkeypatch.setattr(roll_up, "pending_days", lambda **of: (happen("bob", "page/view", "2024-03-05"), real(**of))[1])
    with pytest.raises(CommandError, match="have arrived meanwhile"):
        run("erase", "--session", "bob")
    monkeypatch.undo()
    assert Session.objects.filter(name="bob").exists()
    assert run("erase", "--session", "bob")[2].startswith("Erased 1 events")
    assert not Session.objects.filter(name="bob").exists()
