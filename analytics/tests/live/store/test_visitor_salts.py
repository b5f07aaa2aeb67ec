"""A visitor's number depends on a salt that changes each day."""

import pytest

from analytics.live.store import visitor_salts
from analytics.models import VisitorSalt
from analytics.sources.messages.page_visits import visitor_at, visitor_named
from analytics.tests.visit_factory import START, after

pytestmark = pytest.mark.django_db


def test_a_visitor_is_the_same_all_day_and_another_one_tomorrow():
    today, tomorrow = START.date(), after(86_400).date()
    first = visitor_at("192.0.2.1", "Firefox", visitor_salts.get_or_create_salt(today))
    assert first == visitor_at("192.0.2.1", "Firefox", visitor_salts.get_or_create_salt(today))
    assert first != visitor_at("192.0.2.1", "Firefox", visitor_salts.get_or_create_salt(tomorrow))
    assert visitor_named("ann") == visitor_named("ann") != visitor_named("bob")


def test_the_salt_is_one_for_all_and_forgotten_when_the_day_is_over():
    today, tomorrow = START.date(), after(86_400).date()
    first = visitor_salts.get_or_create_salt(today)
    visitor_salts.get_or_create_salt.cache_clear()
    assert visitor_salts.get_or_create_salt(today) == first
    visitor_salts.get_or_create_salt(tomorrow)
    assert list(VisitorSalt.objects.values_list("day", flat=True)) == [tomorrow]
