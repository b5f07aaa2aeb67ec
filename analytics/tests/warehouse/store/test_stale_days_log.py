"""The log of marks stays short and cheap to read, and shortening it loses no mark."""

from contextlib import closing
from datetime import UTC, date, datetime

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.utils import timezone

from analytics import database
from analytics.datasets import EVENTS, VIEWS
from analytics.models import Blog, BlogView
from analytics.warehouse.flow import roll_up
from analytics.warehouse.flow.answer_question import answer_question
from analytics.warehouse.flow.ask import ask
from analytics.warehouse.store import generations, stale_days
from analytics.warehouse.store.locks import roll_up_lock
from tally.query import By, Query
from tally.question import Question
from tally.span import EVER, Span

DAYS = [date(2024, 2, day) for day in range(1, 8)]


@pytest.fixture
def blog():
    return Blog.objects.create(title="On engines", author=get_user_model().objects.create(username="ada"))


def view(blog: Blog, *days: date) -> None:
    for day in days:
        BlogView.objects.create(blog=blog, timestamp=datetime(day.year, day.month, day.day, 12, tzinfo=UTC))


def log_length() -> int:
    return database.value("SELECT count(*) FROM analytics_blogview_mark")


@pytest.mark.django_db
@pytest.mark.postgres
def test_a_compacted_log_is_empty_and_the_same_days_are_stale(blog):
    view(blog, *DAYS, *DAYS)
    before, since = stale_days.stale_days(VIEWS), stale_days.oldest(VIEWS)
    with roll_up_lock():
        stale_days.compact(VIEWS)
    assert log_length() == 0
    assert (stale_days.stale_days(VIEWS), stale_days.oldest(VIEWS)) == (before, since) == (DAYS, since)
    assert generations.freshness(VIEWS, Span.closed(DAYS[1], DAYS[3])).pending == 3


@pytest.mark.django_db
@pytest.mark.postgres
def test_compaction_keeps_the_earliest_time_of_a_day(blog):
    view(blog, DAYS[0])
    first = datetime(2024, 3, 1, tzinfo=UTC)
    database.execute("UPDATE analytics_blogview_mark SET marked_at = %s", [first])
    with roll_up_lock():
        stale_days.compact(VIEWS)
        view(blog, DAYS[0])
        stale_days.compact(VIEWS)
    assert stale_days.oldest(VIEWS) == first


@pytest.mark.django_db
@pytest.mark.postgres
def test_compaction_leaves_the_mark_of_a_truncate(blog):
    view(blog, *DAYS[:2])
    list(roll_up.roll_up(DAYS[:2], timezone.now()))
    database.execute("TRUNCATE analytics_blogview")
    with roll_up_lock():
        stale_days.compact(VIEWS)
    assert stale_days.stale_days(VIEWS) == DAYS[:2]
    assert generations.freshness(VIEWS, EVER).pending == 2


@pytest.mark.django_db
@pytest.mark.postgres
def test_a_question_compacts_a_log_of_many_days_and_not_one_of_few(blog, monkeypatch):
    monkeypatch.setattr(generations, "MAX_MARKED_DAYS", len(DAYS) - 1)
    view(blog, *DAYS[:-1])
    assert ask(Query(By.COUNTRY)).freshness.pending == len(DAYS) - 1
    assert log_length() == len(DAYS) - 1
    view(blog, DAYS[-1])
    assert ask(Query(By.COUNTRY)).freshness.pending == len(DAYS)
    assert log_length() == 0
    assert ask(Query(By.COUNTRY)).freshness.pending == len(DAYS)


@pytest.mark.django_db
@pytest.mark.postgres
def test_a_question_of_the_query_language_compacts_a_log_of_many_days_too(blog, monkeypatch):
    monkeypatch.setattr(generations, "MAX_MARKED_DAYS", len(DAYS) - 1)
    view(blog, *DAYS)
    assert answer_question(Question("views", ("views",)), DAYS[-1]).pending_days == len(DAYS)
    assert log_length() == 0


@pytest.mark.django_db
def test_a_question_empties_a_long_log_of_changed_labels(blog, monkeypatch):
    view(blog, DAYS[0])
    list(roll_up.roll_up(DAYS[:1], timezone.now()))
    monkeypatch.setattr(generations, "MAX_LABEL_CHANGES", 0)
    assert [line.label for line in ask(Query(By.AUTHOR)).lines] == ["ada"]
    version = generations.freshness(VIEWS, EVER).version
    get_user_model().objects.update(username="eve")
    assert [line.label for line in ask(Query(By.AUTHOR)).lines] == ["eve"]
    assert database.value("SELECT count(*) FROM analytics_label_change") == 0
    assert generations.freshness(VIEWS, EVER).version != version
    assert [line.label for line in ask(Query(By.AUTHOR)).lines] == ["eve"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_a_mark_that_is_committed_after_a_compaction_stays(blog):
    with closing(connection.copy()) as other, other.cursor() as writer:
        other.set_autocommit(False)
        writer.execute(f"INSERT INTO analytics_blogview (blog_id, timestamp) VALUES ({blog.pk}, '{DAYS[0]}')")
        view(blog, DAYS[1])
        with roll_up_lock():
            stale_days.compact(VIEWS)
        other.commit()
    assert stale_days.stale_days(VIEWS) == DAYS[:2]
    assert log_length() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_a_roll_up_leaves_no_dead_rows_in_a_long_log(blog, monkeypatch):
    monkeypatch.setattr(stale_days, "MIN_VACUUM_ROWS", 3)
    view(blog, *DAYS)
    list(roll_up.roll_up(roll_up.pending_days(), timezone.now()))
    assert database.value("SELECT pg_relation_size('analytics_blogview_mark')") == 0


@pytest.mark.django_db
@pytest.mark.postgres
@pytest.mark.parametrize("dataset", [VIEWS, EVENTS], ids=["views", "events"])
def test_changes_are_marked_in_replica_mode_too(blog, dataset):
    database.execute("SET LOCAL session_replication_role = replica")
    if dataset is VIEWS:
        view(blog, DAYS[0])
    else:
        columns = "session_id, kind_id, data, timestamp, content"
        database.execute(
            f"INSERT INTO analytics_event ({columns}) VALUES (1, 1, '{{}}', %s, gen_random_uuid())", [DAYS[0]]
        )
    assert stale_days.stale_days(dataset) == DAYS[:1]


@pytest.mark.django_db
@pytest.mark.postgres
def test_a_trigger_that_skips_replica_mode_is_restored():
    assert stale_days.missing_triggers() == []
    database.execute("ALTER TABLE analytics_blogview ENABLE TRIGGER analytics_blogview_inserted")
    assert stale_days.missing_triggers() == ["analytics_blogview_inserted"]
    stale_days.restore_triggers()
    assert stale_days.missing_triggers() == []


@pytest.mark.django_db
@pytest.mark.postgres
def test_changes_are_marked_whatever_the_search_path(blog):
    database.execute("SELECT set_config('search_path', '', true)")
    database.execute(f"INSERT INTO public.analytics_blogview (blog_id, timestamp) VALUES ({blog.pk}, '{DAYS[0]}')")
    database.execute("SELECT set_config('search_path', 'public', true)")
    assert stale_days.stale_days(VIEWS) == DAYS[:1]
