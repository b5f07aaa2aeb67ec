"""The views on a cluster count like the views of the database, in any mixture."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.test import override_settings

from analytics.datasets import VIEWS
from analytics.models import Blog, BlogView, Country, Summary
from analytics.warehouse.flow import purge, roll_up
from analytics.warehouse.flow.verify import verify
from analytics.warehouse.store import facts, stale_days
from analytics.warehouse.store.facts import cluster_facts, cluster_tables, hidden_loads
from tally.facts import FactDetail
from tally.span import Span

pytestmark = [pytest.mark.clickhouse, pytest.mark.postgres, pytest.mark.django_db]
FIRST = date(2024, 3, 29)
DAYS = [FIRST + timedelta(days=n) for n in range(6)]
NOW = datetime(2025, 6, 1, tzinfo=UTC)
DAY = 86_400_000_000
START = (FIRST - date(1970, 1, 1)).days * DAY


@pytest.fixture
def views(settings):
    """Return the columns of some hundred random views. Europe changes its clocks on one of their days."""
    settings.IDEEZA_ROLLUPS = [("country",), ("hour",), ("country", "device")]
    settings.IDEEZA_TIME_ZONES = ["Europe/Berlin", "UTC", "Asia/Kathmandu"]
    author = User.objects.create(username="ann")
    Blog.objects.bulk_create(Blog(id=id, title="x", author=author) for id in range(1, 8))
    Country.objects.bulk_create(Country(id=id, code=code, name=code) for id, code in enumerate(["DE", "US"], 1))
    dice, size = np.random.default_rng(7), 400
    return {
        "blog": dice.integers(1, 8, size),
        "country": dice.integers(0, 3, size),
        "context": np.zeros(size, np.int64),
        "visitor": dice.integers(-(2**62), 2**62, size) * dice.integers(0, 2, size),
        "viewer": dice.integers(0, 2, size),
        "time": START + dice.integers(0, len(DAYS) * DAY, size),
        "key_high": dice.integers(0, 2**62, size),
        "key_low": np.arange(size),
        "address_high": np.zeros(size, np.int64),
        "address_low": np.zeros(size, np.int64),
    }


def only(views, mask):
    return {name: column[mask] for name, column in views.items()}


def store_in_database(views):
    times = [datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at) for at in views["time"].tolist()]
    columns = (views[name].tolist() for name in ("blog", "country", "visitor"))
    BlogView.objects.bulk_create(
        BlogView(blog_id=blog, country_id=country or None, visitor=visitor or None, timestamp=at)
        for at, blog, country, visitor in zip(times, *columns, strict=True)
    )


def rolled_up():
    list(roll_up.roll_up(DAYS, NOW))
    fields = ("roll_up", "grain", "start", "groups", "totals", "ids", "weights", "registers")
    return list(Summary.objects.order_by("roll_up", "grain", "start").values_list(*fields))


def test_facts_of_both_stores_add_up_to_the_summaries_of_one(facts_cluster, views, monkeypatch):
    monkeypatch.setattr(cluster_facts, "FACTS_PER_PORTION", 150)
    with override_settings(IDEEZA_FACTS={}):
        store_in_database(views)
        expected = rolled_up()
        BlogView.objects.all().delete()
    there = views["key_low"] % 3 > 0
    store_in_database(only(views, ~there))
    cluster_facts.insert(only(views, there))
    cluster_facts.insert(only(views, views["key_low"] % 3 == 1))  # sent again after a time-out
    assert rolled_up() == expected
    assert all(check.same for check in verify(DAYS))
    assert facts.count(VIEWS, Span.closed(DAYS[0], DAYS[-1])) == 400
    assert (facts.days(VIEWS), facts.span(VIEWS)) == (DAYS, Span.closed(DAYS[0], DAYS[-1]))
    detail = FactDetail(900_000_000, contexts=True)
    assert [day for days, _ in facts.portions(VIEWS, DAYS, detail) for day in days] == DAYS


def test_purged_facts_stay_counted_and_late_ones_are_added(facts_cluster, views):
    early = views["key_low"] < 350
    cluster_facts.insert(only(views, early))
    expected = rolled_up()
    stale_days.clear(VIEWS, DAYS)
    assert sum(dropped for _, dropped in purge.purge(DAYS)) == 350
    assert hidden_loads.hidden() == []
    assert facts.days(VIEWS) == [] and rolled_up() == expected
    cluster_facts.insert(only(views, ~early))
    late = rolled_up()
    assert all(check.same for check in verify(DAYS))
    assert sum(sum(row[4]) for row in late if row[0] == 0 and row[1] == 4) == 400


def test_hidden_facts_do_not_count_until_they_are_shown(facts_cluster, views):
    load = hidden_loads.new_load()
    hidden_loads.hide(load)
    cluster_facts.insert(views, load)
    assert not facts.any_facts(VIEWS)
    hidden_loads.show(load)
    assert facts.count(VIEWS, Span.closed(DAYS[0], DAYS[-1])) == 400
    hidden_loads.hide(load)
    cluster_facts.delete_hidden()
    assert (facts.days(VIEWS), hidden_loads.hidden()) == ([], [])


def test_migrations_are_applied_once(facts_cluster):
    assert list(cluster_tables.migrate()) == []
    assert cluster_tables.missing() == 0
