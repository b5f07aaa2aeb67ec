"""What the commands say and how they end."""

import hashlib
import itertools
from argparse import ArgumentTypeError
from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from analytics.management.commands import precalculate_stats
from analytics.models import ApiKey, Blog, BlogView, Country, DailyAnalyticsSummary, Generation, PurgedSummary, Summary
from analytics.warehouse.flow import roll_up

DONE = "Created {} new summaries, updated {} existing summaries"


@pytest.fixture
def run(db, capsys):
    """Runs a command; its output, split into lines."""

    def command(*arguments):
        call_command(*arguments)
        return capsys.readouterr().out.splitlines()

    return command


@pytest.fixture
def viewed(db):
    """Five views on three days: two countries on the first, the third of them today."""
    blog = Blog.objects.create(title="Cats", author=User.objects.create(username="ann"))
    de, us = (Country.objects.create(code=code, name=code) for code in ("DE", "US"))
    days = [(de, "2024-02-29"), (de, "2024-02-29"), (us, "2024-02-29"), (None, "2025-06-01")]
    for country, day in days:
        view(blog, day, country)
    BlogView.objects.create(blog=blog, country=us)
    return blog


def view(blog, day, country=None, **more):
    when = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return BlogView.objects.create(blog=blog, country=country, timestamp=when, **more)


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


def test_what_is_gone_is_removed(viewed, run):
    run("precalculate_stats")
    BlogView.objects.filter(country__code="US", timestamp__year=2024).delete()
    BlogView.objects.filter(timestamp__year=2025).delete()
    assert run("precalculate_stats")[-1] == DONE.format(0, 1) + ", removed 2"
    assert not Summary.objects.filter(start__year=2025).exists()


def test_an_empty_store_has_no_data(run):
    assert run("precalculate_stats") == [
        "Starting pre-calculation...",
        f"  Range: {timezone.now():%Y-%m-%d} to today",
        "No data found.",
    ]


def test_a_dry_run_says_what_it_would_do_and_touches_nothing(viewed, run):
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
    before = Summary.objects.get(grain=1, start="2024-02-29", group_id=-1).generation
    view(viewed, "2025-06-02")
    run("precalculate_stats")
    assert Summary.objects.get(grain=1, start="2024-02-29", group_id=-1).generation == before


def test_verification_agrees_until_a_summary_is_wrong(viewed, run):
    run("precalculate_stats")
    assert run("verify_stats")[-1].endswith("agree with the facts.")
    Summary.objects.filter(grain=1, start="2024-02-29", group_id=-1).update(total=7)
    with pytest.raises(CommandError, match="1 of .* differ") as stopped:
        run("verify_stats", "--repair")
    assert stopped.value.returncode == 3
    assert roll_up.pending_days() == [date(2024, 2, 29)]
    run("precalculate_stats")
    run("verify_stats")


@pytest.mark.parametrize("grain", [1, 2, 3, 4])
def test_a_wrong_byte_in_any_grain_is_found_and_named(viewed, run, capsys, grain):
    run("precalculate_stats")
    row = Summary.objects.filter(grain=grain, group_id=-1).order_by("start").first()
    Summary.objects.filter(pk=row.pk).update(weights=b"\x09")
    with pytest.raises(CommandError):
        call_command("verify_stats", "--from", "2024-01-01", "--to", "2024-12-31")
    assert str(row.start) in capsys.readouterr().out


def test_a_late_fact_differs_until_the_next_run(viewed, run, capsys):
    run("precalculate_stats")
    view(viewed, "2024-02-29")
    with pytest.raises(CommandError):
        call_command("verify_stats")
    assert "2024-02-29 differs: 3 views in summaries, 4 in facts (stale" in capsys.readouterr().out


def test_purged_days_stay_counted_and_late_facts_come_on_top(viewed, run):
    run("precalculate_stats")
    before = list(Summary.objects.order_by("pk").values_list("pk", "total", "distinct_count", "ids", "weights"))
    assert run("purge_facts", "--before", "2025-06-02") == [
        "Dropped 4 facts of 459 days before 2025-06-02; their days are frozen."
    ]
    assert BlogView.objects.count() == 1
    assert roll_up.pending_days() == []
    run("precalculate_stats", "--rebuild")
    after = list(Summary.objects.order_by("pk").values_list("pk", "total", "distinct_count", "ids", "weights"))
    assert [tuple(map(to_bytes, row)) for row in after] == [tuple(map(to_bytes, row)) for row in before]

    late = view(viewed, "2024-02-29T12:00")
    run("precalculate_stats")
    assert day_total() == 4
    late.delete()
    run("precalculate_stats")
    assert day_total() == 3
    run("verify_stats")


def to_bytes(value):
    return bytes(value) if isinstance(value, memoryview) else value


def day_total():
    return Summary.objects.get(grain=1, start="2024-02-29", group_id=-1).total


def test_purging_twice_keeps_every_fact_that_was_ever_dropped(viewed, run):
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


def test_erasing_a_viewer_or_an_address_takes_their_views_out_of_every_answer(viewed, run):
    person = User.objects.create(username="eve")
    view(viewed, "2024-02-29", viewer=person)
    view(viewed, "2024-02-29", ip_address="198.51.100.7")
    run("precalculate_stats")
    assert day_total() == 5
    assert run("erase", "--viewer", "eve") == ["Erased 1 views.", "Rolled up 1 days."]
    assert run("erase", "--ip", "198.51.100.7") == ["Erased 1 views.", "Rolled up 1 days."]
    assert day_total() == 3
    assert run("erase", "--viewer", "nobody") == ["Erased 0 views.", "Rolled up 0 days."]


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
def test_a_missing_trigger_is_noticed_before_anything_is_done(viewed, run, drop):
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER analytics_blogview_updated{drop}")
    with pytest.raises(CommandError, match="analytics_blogview_updated missing"):
        run("precalculate_stats")
    with pytest.raises(SystemExit) as stopped:
        run("check_freshness")
    assert stopped.value.code == 2


@pytest.mark.parametrize("trigger", ["blogview_updated", "author_renamed"])
def test_a_missing_trigger_is_made_again_and_all_days_are_done_again(viewed, run, capsys, trigger):
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


def test_a_country_that_is_deleted_is_unknown_in_purged_days_too(viewed, run):
    run("precalculate_stats")
    run("purge_facts", "--before", "2025-01-01")
    Country.objects.get(code="DE").delete()
    assert roll_up.pending_days() == [date(2024, 2, 29)]
    run("precalculate_stats")
    assert Summary.objects.get(grain=1, start="2024-02-29", group_id=0).total == 2
    assert day_total() == 3
    run("verify_stats")


def test_a_country_has_one_code_in_either_case(viewed):
    with pytest.raises(IntegrityError), transaction.atomic():
        Country.objects.create(code="de", name="again")


def test_a_key_is_shown_once_and_kept_as_a_hash(run):
    (value,) = run("create_key", "site", "--domain", "Example.org", "--domain", "example.net", "--scope", "collect")
    key = ApiKey.objects.get()
    assert (len(value), key.digest) == (40, hashlib.sha256(value.encode()).hexdigest())
    assert (key.may_collect, key.may_read) == (True, False)
    assert {domain.host for domain in key.application.domains.all()} == {"example.org", "example.net"}


def test_a_key_of_any_length_may_be_given_and_not_twice(run):
    for value in ("a" * 32, "b" * 40, "c"):
        assert run("create_key", "site", "--key", value) == [value]
    assert ApiKey.objects.filter(may_read=True, may_collect=True, application__name="site").count() == 3
    with pytest.raises(CommandError, match="This key exists already"):
        run("create_key", "other", "--key", "c")
    with pytest.raises(CommandError):
        run("create_key", "other", "--key", "")
