"""A visitor's number depends on a salt that changes each day."""

from datetime import timedelta

import pytest

from analytics.database import recent
from analytics.live.store import visitor_salts
from analytics.models import VisitorSalt
from analytics.sources.messages.page_visits import visitor_from_address, visitor_from_name
from analytics.tests.visit_factory import START, after

pytestmark = pytest.mark.django_db
ONE_DAY = timedelta(days=1)


def test_a_visitor_is_the_same_all_day_and_another_one_tomorrow():
    today, tomorrow = START.date(), after(86_400).date()
    first = visitor_from_address("192.0.2.1", "Firefox", visitor_salts.get_or_create_salt(today))
    assert first == visitor_from_address("192.0.2.1", "Firefox", visitor_salts.get_or_create_salt(today))
    assert first != visitor_from_address("192.0.2.1", "Firefox", visitor_salts.get_or_create_salt(tomorrow))
    assert visitor_from_name("ann") == visitor_from_name("ann") != visitor_from_name("bob")


def test_the_salt_is_one_for_all_and_forgotten_when_the_day_is_over():
    today, tomorrow = START.date(), after(86_400).date()
    first = visitor_salts.get_or_create_salt(today)
    visitor_salts.forget()
    assert visitor_salts.get_or_create_salt(today) == first
    visitor_salts.get_or_create_salt(tomorrow)
    assert visitor_salts.find_salt(today) == first  # for visitors who stay over midnight
    visitor_salts.delete_before(tomorrow)
    assert list(VisitorSalt.objects.values_list("day", flat=True)) == [tomorrow]


def test_a_new_salt_deletes_those_of_the_days_before_yesterday():
    days = [after(number * 86_400).date() for number in range(4)]
    for day in days:
        visitor_salts.forget()
        visitor_salts.get_or_create_salt(day)
    assert sorted(VisitorSalt.objects.values_list("day", flat=True)) == days[2:]


def test_after_a_restore_the_salt_of_the_database_is_used(monkeypatch):
    today = START.date()
    first, yesterday = visitor_salts.get_or_create_salt(today), today - ONE_DAY
    VisitorSalt.objects.create(day=yesterday, value=b"y" * 32)
    monkeypatch.setattr(recent, "RECENT_SECONDS", 0.0)
    assert visitor_salts.find_salt(yesterday) == b"y" * 32
    VisitorSalt.objects.filter(day=today).update(value=b"r" * 32)
    assert visitor_salts.get_or_create_salt(today) == b"r" * 32 != first
    VisitorSalt.objects.all().delete()
    assert visitor_salts.find_salt(yesterday) is None
    assert visitor_salts.get_or_create_salt(today) == bytes(VisitorSalt.objects.get().value)


def test_the_salts_are_not_read_for_each_visitor(django_assert_num_queries, unforgetting):
    today = START.date()
    visitor_salts.get_or_create_salt(today)
    visitor_salts.get_or_create_salt(today)
    with django_assert_num_queries(0):
        visitor_salts.get_or_create_salt(today)
        visitor_salts.delete_before(today)
