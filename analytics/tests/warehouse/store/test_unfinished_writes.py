"""The days of a write to a cluster become stale once it ends, or once its writer is given up."""

from datetime import date

import pytest

from analytics import database
from analytics.datasets import EVENTS, VIEWS
from analytics.warehouse.store import stale_days, unfinished_writes
from tally.span import EVER, Span

pytestmark = pytest.mark.django_db
DAYS = [date(2024, 2, 29), date(2024, 3, 1)]


def test_the_days_of_a_write_are_stale_once_it_ends():
    write = unfinished_writes.begin(VIEWS, DAYS)
    assert stale_days.stale_days(VIEWS) == []
    assert unfinished_writes.any_of(VIEWS, Span.closed(DAYS[1], DAYS[1]))
    assert not unfinished_writes.any_of(EVENTS, EVER)
    unfinished_writes.end(VIEWS, write)
    assert stale_days.stale_days(VIEWS) == DAYS and not unfinished_writes.any_of(VIEWS, EVER)


def test_a_write_that_is_tried_again_keeps_its_rows():
    write = unfinished_writes.begin(VIEWS, DAYS[:1])
    assert unfinished_writes.begin(VIEWS, DAYS, write) == write
    assert database.value("SELECT count(*) FROM analytics_unfinishedwrite") == 2


def test_the_days_of_a_writer_that_is_given_up_are_stale():
    unfinished_writes.begin(VIEWS, DAYS)
    database.execute("UPDATE analytics_unfinishedwrite SET abandoned_at = '2020-01-01 00:00:00'")
    assert stale_days.stale_days(VIEWS) == DAYS


def test_a_write_without_days_notes_nothing():
    unfinished_writes.begin(VIEWS, [])
    assert not unfinished_writes.any_of(VIEWS, EVER)
