"""Facts are counted correctly for ids of any size and any number of facts."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import User

from analytics.datasets import VIEWS
from analytics.models import Blog, BlogView, Country, PurgedSummary, Summary
from analytics.warehouse.flow import purge, roll_up
from analytics.warehouse.flow.verify import verify
from analytics.warehouse.store import facts
from analytics.warehouse.store.facts import database_facts
from analytics.warehouse.store.facts.postgres_facts import PostgresFacts
from tally.facts import FactDetail
from tally.roll_ups import TOTAL

START = datetime(2024, 2, 28, tzinfo=UTC)
DETAIL = FactDetail(unit=1, contexts=True)
DAYS = [START.date() + timedelta(days=n) for n in range(3)]


@pytest.fixture(autouse=True)
def fresh_store(monkeypatch):
    """Begin with, and leave behind, a store that has not learned how many facts a time holds."""
    monkeypatch.setattr(facts, "_postgres", PostgresFacts())


def fill(blog_id, country_id, views=30):
    """Create a view every 140 minutes, over three days."""
    blog = Blog.objects.create(id=blog_id, title="x", author=User.objects.create(username="ann"))
    country = Country.objects.create(id=country_id, code="DE", name="DE")
    BlogView.objects.bulk_create(
        BlogView(blog=blog, country=country if n % 2 else None, timestamp=START + timedelta(minutes=140 * n))
        for n in range(views)
    )


@pytest.mark.parametrize("blog", [7, 2**40 - 1, 2**40, 2**62])
@pytest.mark.parametrize("country", [3, 2**23, 2**50])
def test_ids_of_any_size_are_counted_as_they_are(db, blog, country):
    fill(blog, country)
    rolled = sum((step for step in roll_up.roll_up(DAYS, START + timedelta(days=366))), roll_up.RollUpResult())
    assert rolled.facts == 30
    assert all(check.same for check in verify(DAYS))
    assert Summary.objects.get(grain=4, roll_up=1).counts[country].ids.tolist() == [blog]


@pytest.mark.parametrize(("at_once", "at_most"), [(1, 3), (4, 8), (10, 2)])
def test_facts_too_many_for_one_read_are_read_in_portions(db, monkeypatch, at_once, at_most):
    fill(7, 3)
    monkeypatch.setattr(database_facts, "FACTS_PER_PORTION", at_once)
    monkeypatch.setattr(database_facts, "MAX_FACTS_PER_READ", at_most)
    portions = list(facts.portions(VIEWS, DAYS, DETAIL))
    assert [day for days, _ in portions for day in days] == DAYS
    assert sum(columns.size for _, columns in portions) == 30


def test_facts_of_one_moment_cannot_be_split_and_are_read_whole(db, monkeypatch):
    fill(7, 3)
    BlogView.objects.update(timestamp=START)
    monkeypatch.setattr(database_facts, "FACTS_PER_PORTION", 1)
    monkeypatch.setattr(database_facts, "MAX_FACTS_PER_READ", 2)
    assert sum(columns.size for _, columns in facts.portions(VIEWS, DAYS, DETAIL)) == 30


@pytest.mark.postgres
def test_a_time_as_long_as_one_that_held_too_many_facts_is_not_tried_until_there_are_few(db, monkeypatch):
    """A table that was never analysed has no estimate, and what is read in vain takes as long as what is needed."""
    blog = Blog.objects.create(title="x", author=User.objects.create(username="ann"))
    days = [START.date() + timedelta(days=n) for n in range(192)]
    views = [(day, number) for day in days[:64] for number in range(10)] + [(day, 0) for day in days[64:]]
    BlogView.objects.bulk_create(
        BlogView(blog=blog, timestamp=START + (day - days[0]) + timedelta(hours=number)) for day, number in views
    )
    tried, read = [], PostgresFacts._read

    def noted(self, dataset, moments, limit, *, detail):
        found = read(self, dataset, moments, limit, detail=detail)
        tried.append(((moments[1] - moments[0]).days, found is not None))
        return found

    monkeypatch.setattr(PostgresFacts, "_read", noted)
    monkeypatch.setattr(database_facts, "MAX_FACTS_PER_READ", 50)
    store = PostgresFacts()
    for start in range(0, 192, 32):
        found = list(store.portions(VIEWS, days[start : start + 32], DETAIL))
        assert sum(columns.size for _, columns in found) == (320 if start < 64 else 32)
    in_vain = [length for length, is_read in tried if not is_read]
    assert in_vain == [32, 16, 8]
    assert tried[-1] == (32, True)


@pytest.mark.parametrize("at_most", [2, 10**6])
def test_purged_facts_are_deleted_and_kept_in_the_purged_summaries(db, monkeypatch, at_most):
    fill(7, 3)
    list(roll_up.roll_up(DAYS, START))
    before = list(Summary.objects.order_by("pk").values_list("pk", "totals"))
    monkeypatch.setattr(database_facts, "MAX_FACTS_PER_READ", at_most)
    assert list(purge.purge(DAYS)) == [(2, 21), (1, 9)]
    assert not BlogView.objects.exists()
    assert sum(map(sum, PurgedSummary.objects.filter(roll_up=TOTAL).values_list("totals", flat=True))) == 30
    list(roll_up.roll_up(roll_up.all_days(), START))
    assert list(Summary.objects.order_by("pk").values_list("pk", "totals")) == before


def test_a_day_without_facts_is_a_portion_too(db):
    assert [days for days, _ in facts.portions(VIEWS, [date(2024, 5, 1)], DETAIL)] == [[date(2024, 5, 1)]]
