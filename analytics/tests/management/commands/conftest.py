from datetime import UTC, datetime
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from analytics.models import (
    Blog,
    BlogView,
    Country,
    Event,
    EventSummary,
    Generation,
    PurgedEventSummary,
    Summary,
)
from analytics.tests.event_factory import add_events
from tally.columns import ALL_GROUPS

DONE = "Created {} new summaries, updated {} existing summaries"


@pytest.fixture
def run(db, capsys):
    """Return a function that runs a command and returns the lines of its output."""

    def command(*arguments):
        call_command(*arguments)
        return capsys.readouterr().out.splitlines()

    return command


@pytest.fixture
def viewed(db):
    """Create five views on three days: two countries on the first day, the third day is today."""
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


def day_total():
    return Summary.objects.get(grain=1, start="2024-02-29", roll_up=0).totals[0]


def output_of(*arguments, **options) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


@pytest.fixture
def events(db):
    """Create five events of two sessions and two kinds on three days, and one view."""
    add_events("ann", "page/view", "2024-02-29T12:00", "2024-02-29T13:00", "2024-03-01")
    add_events("bob", "page/view", "2024-02-29T14:00")
    add_events("bob", "cta/click", "2025-06-01")
    blog = Blog.objects.create(title="Cats", author=User.objects.create(username="ann"))
    BlogView.objects.create(blog=blog, timestamp=datetime(2025, 1, 1, tzinfo=UTC))


def event_tables():
    models = (Summary, EventSummary, PurgedEventSummary, Generation, Event)
    return [[tuple(map(to_bytes, row)) for row in model.objects.order_by("pk").values_list()] for model in models]


def to_bytes(value):
    return bytes(value) if isinstance(value, memoryview) else value


def event_counts(day, kind=None):
    """Return the numbers of events and sessions of a day, from its summary."""
    counts = EventSummary.objects.get(grain=1, start=day, roll_up=1 if kind else 0).counts[kind or ALL_GROUPS]
    return counts.total, len(counts)
