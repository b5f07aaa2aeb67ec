"""The index on time knows the pages of a bulk load before they are read."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import connection

from analytics import database
from analytics.datasets import EVENTS, VIEWS
from analytics.models import Blog
from analytics.sources.sample_data import SampleSpec
from analytics.warehouse.flow import roll_up, seed
from analytics.warehouse.flow.verify import verify
from analytics.warehouse.store import facts

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
NOW = datetime(2024, 6, 1, tzinfo=UTC)
ADD = """
    INSERT INTO analytics_blogview (blog_id, timestamp)
    SELECT %s, '2024-05-01 00:00Z'::timestamptz + n * interval '10 s' FROM generate_series(1, 60000) AS n"""
PAGES_UNKNOWN = "SELECT brin_summarize_new_values('analytics_blogview_time')"


@pytest.fixture
def loaded():
    blog = Blog.objects.create(title="x", author=get_user_model().objects.create(username="ann"))
    database.execute(ADD, [blog.pk])


def test_a_first_roll_up_brings_the_index_up_to_date(loaded):
    list(roll_up.roll_up(roll_up.pending_days(), NOW))
    assert database.value(PAGES_UNKNOWN) == 0


def test_a_bulk_load_alone_leaves_pages_that_the_index_does_not_know(loaded):
    assert database.value(PAGES_UNKNOWN) > 0


@pytest.mark.parametrize("since", [date(2024, 5, 1), date(2024, 7, 15)])
def test_a_table_that_was_never_analysed_is_read_by_its_index(loaded, since):
    database.execute(ADD.replace("10 s", "2 min"), [Blog.objects.get().pk])
    days = [day for day in roll_up.pending_days() if day >= since]
    facts.index_new_facts(VIEWS)  # which counts as a scan of the new pages
    before = sequential_scans()
    list(roll_up.roll_up(days, datetime(2024, 7, 25, tzinfo=UTC)))
    assert sequential_scans() == before
    assert all(each.same for each in verify(days))
    assert sequential_scans() == before + 1  # which days there are


def sequential_scans() -> int:
    """Return how often the facts were read as a whole. Other connections report when they close."""
    database.execute("SELECT pg_stat_force_next_flush()")
    return database.value("SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'analytics_blogview'")


def test_a_sample_is_loaded_with_its_index():
    wish = SampleSpec(views=30_000, days=30, blogs=5, authors=2, seed=1, until=NOW.date())
    seed.seed(wish, progress=lambda views: None)
    assert database.value(PAGES_UNKNOWN) == 0


def test_who_does_not_own_the_table_goes_on_with_a_warning(loaded, caplog):
    role = f"writer_of_{database.database_name()}"  # roles are common to all databases of a server
    database.execute(f"CREATE ROLE {role}; GRANT SELECT ON analytics_blogview TO {role}; SET ROLE {role}")
    try:
        facts.index_new_facts(VIEWS)
    finally:
        database.execute(f"RESET ROLE; DROP OWNED BY {role}; DROP ROLE {role}")
    assert "Only the owner of analytics_blogview" in caplog.text
    assert database.value(PAGES_UNKNOWN) > 0


def test_a_vacuum_at_work_is_not_waited_for(loaded, caplog):
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN; LOCK TABLE analytics_blogview IN SHARE UPDATE EXCLUSIVE MODE")
        began = datetime.now(UTC)
        facts.index_new_facts(VIEWS)
        assert datetime.now(UTC) - began < timedelta(seconds=10)
    finally:
        other.close()
    assert "lock timeout" in caplog.text


def test_events_have_no_such_index_and_nothing_is_done_inside_a_transaction(loaded, caplog):
    facts.index_new_facts(EVENTS)
    with database.committing():
        facts.index_new_facts(VIEWS)
    assert not caplog.text
    assert database.value(PAGES_UNKNOWN) > 0
