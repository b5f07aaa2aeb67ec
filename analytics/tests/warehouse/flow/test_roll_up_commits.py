"""A roll-up commits so that others can write, and reads ahead without missing a fact."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model

from analytics import database
from analytics.models import Blog, BlogView, Summary
from analytics.tests.processes.other_process import in_thread
from analytics.warehouse.flow import fold_periods, roll_up
from analytics.warehouse.flow.verify import verify
from analytics.warehouse.store import summaries
from tally.span import Grain

START = datetime(2024, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
VIEWS = 1_200


@pytest.fixture
def viewed(db):
    """Views of three months, one each 108 minutes."""
    blog = Blog.objects.create(title="x", author=get_user_model().objects.create(username="ann"))
    times = (START + timedelta(minutes=108 * n) for n in range(VIEWS))
    BlogView.objects.bulk_create(BlogView(blog=blog, timestamp=time) for time in times)
    return blog


def is_right() -> bool:
    return all(check.same for check in verify(roll_up.all_days()))


@pytest.mark.sqlite
def test_where_there_is_one_writer_a_first_roll_up_commits_in_slices(viewed, monkeypatch):
    monkeypatch.setattr(roll_up, "MAX_FACTS_PER_SLICE", 100)
    monkeypatch.setattr(roll_up, "PAUSE_SECONDS", 0)
    rolled = list(roll_up.roll_up(roll_up.pending_days(), NOW))
    assert sum(each.facts for each in rolled) == VIEWS
    assert len(rolled) >= 10
    assert max(each.facts for each in rolled) <= 150
    assert is_right()


@pytest.mark.sqlite
def test_a_day_is_one_slice_at_least(viewed, monkeypatch):
    monkeypatch.setattr(roll_up, "MAX_FACTS_PER_SLICE", 1)
    monkeypatch.setattr(roll_up, "PAUSE_SECONDS", 0)
    assert [each.days for each in roll_up.roll_up(roll_up.pending_days(), NOW)] == [1] * 90
    assert is_right()


@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
def test_another_writer_writes_between_two_slices(viewed, monkeypatch):
    monkeypatch.setattr(roll_up, "MAX_FACTS_PER_SLICE", 100)
    steps = roll_up.roll_up(roll_up.pending_days(), NOW)
    next(steps)
    change = "INSERT INTO analytics_blogview (blog_id, timestamp) SELECT id, '2024-01-01' FROM analytics_blog"
    in_thread(lambda: database.execute(change))
    assert sum(each.facts for each in steps) >= VIEWS - 150
    assert is_right()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("days", [1, 1_000])
def test_facts_are_read_ahead_or_not_with_the_same_result(viewed, monkeypatch, days):
    monkeypatch.setattr(roll_up, "MIN_DAYS_READ_AHEAD", days)
    (rolled,) = roll_up.roll_up(roll_up.pending_days(), NOW)
    assert (rolled.facts, rolled.days) == (VIEWS, 90)
    assert is_right()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_chunks_that_are_not_kept_are_read_to_be_folded(viewed, monkeypatch):
    monkeypatch.setattr(fold_periods, "MAX_BYTES_KEPT", 0)
    list(roll_up.roll_up(roll_up.pending_days(), NOW))
    assert is_right()


@pytest.mark.parametrize("kept", [0, fold_periods.MAX_BYTES_KEPT])
def test_each_period_is_folded_once_whichever_zone_it_is_of(viewed, monkeypatch, settings, kept):
    settings.IDEEZA_TIME_ZONES = ["Asia/Tokyo", "America/New_York"]
    monkeypatch.setattr(fold_periods, "MAX_BYTES_KEPT", kept)
    folded, fold = [], summaries.fold

    def noted(dataset, buckets, *rest):
        folded.extend(buckets)
        return fold(dataset, buckets, *rest)

    monkeypatch.setattr(summaries, "fold", noted)
    list(roll_up.roll_up(roll_up.pending_days(), NOW))
    assert len(folded) == len(set(folded))
    found = Summary.objects.exclude(grain=Grain.DAY.value).values_list("roll_up", "grain", "start")
    assert {(number, bucket.grain.value, bucket.start) for number, bucket in folded} >= set(found)
    assert Summary.objects.filter(grain=Grain.MONTH.value).values("roll_up", "start").count() > 6 * len(
        settings.IDEEZA_TIME_ZONES
    )
    assert is_right()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_rebuild_uses_the_space_of_what_it_replaced(viewed, monkeypatch):
    monkeypatch.setattr(roll_up, "MIN_VACUUM_ROWS", 1)
    size = "SELECT pg_relation_size('analytics_summary')"
    list(roll_up.roll_up(roll_up.pending_days(), NOW))
    first = database.value(size)
    for _ in range(8):
        list(roll_up.roll_up(roll_up.all_days(), NOW))
    assert database.value(size) <= 2 * first


@pytest.mark.django_db(transaction=True)
def test_a_roll_up_that_fails_while_it_reads_ahead_leaves_everything_as_it_was(viewed, monkeypatch):
    monkeypatch.setattr(roll_up, "MIN_DAYS_READ_AHEAD", 1)
    monkeypatch.setattr("analytics.warehouse.store.summaries.fold", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        list(roll_up.roll_up(roll_up.pending_days(), NOW))
    assert len(roll_up.pending_days()) == 90
    monkeypatch.undo()
    list(roll_up.roll_up(roll_up.pending_days(), NOW))
    assert is_right()
