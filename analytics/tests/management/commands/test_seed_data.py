"""Sample data are added to an empty database, or on request to one that has views."""

import pytest
from django.core.management import CommandError

from analytics import clock
from analytics.models import BlogView, Event, Visit
from analytics.tests.management.commands.conftest import output_of

pytestmark = pytest.mark.django_db


def test_seeding_fills_an_empty_store_and_only_that():
    arguments = {"views": 100, "days": 5, "blogs": 4, "authors": 2, "seed": 7}
    assert "Added 100 views of 4 blogs by 2 authors over 5 days up to" in output_of("seed_data", **arguments)
    assert "nothing added" in output_of("seed_data", **arguments)
    assert BlogView.objects.count() == 100
    output_of("seed_data", "--more", "--until", "2024-02-29", **arguments)
    assert BlogView.objects.count() == 200


def test_seeding_ends_on_the_day_given():
    output_of("seed_data", "--until", "2024-02-29", views=50, days=3)
    assert {f"{view.timestamp:%m-%d}" for view in BlogView.objects.all()} <= {"02-27", "02-28", "02-29"}


@pytest.mark.parametrize("wrong", [["--views", "0"], ["--days", "many"], ["--until", "tomorrow"]])
def test_wrong_options_are_refused(wrong):
    with pytest.raises(CommandError):
        output_of("seed_data", *wrong)


def test_events_and_visits_are_added_on_request():
    said = output_of("seed_data", "--events", "40", "--visits", "30", views=50, days=3)
    assert "Added 40 events, and 30 page visits" in said
    assert (Event.objects.count(), Visit.objects.count(), BlogView.objects.count()) == (40, 30, 80)
    assert Event.objects.latest("timestamp").timestamp <= clock.now()
