"""Contexts are found or created, bounded, and checked."""

import logging
from datetime import date

import pytest
from msgspec.structs import replace

from analytics import database
from analytics.models import Context, DimensionValue, NewContextCount
from analytics.sources.contexts import UNKNOWN, ViewContext
from analytics.warehouse.store import contexts
from analytics.warehouse.store.contexts import DayLimit, get_or_create, get_or_create_current

pytestmark = pytest.mark.django_db
DAY = date(2024, 5, 1)
LIMIT = DayLimit(DAY, 100)
NEWS = ViewContext("Hacker News", "social", "", "news.ycombinator.com", "desktop", "Firefox", "Linux", "de")


def texts(id):
    """Return the texts of a stored context."""
    values = dict(DimensionValue.objects.values_list("pk", "value"))
    row = Context.objects.values(*contexts.COLUMNS).get(pk=id)
    return ViewContext(*(values.get(row[name], "") for name in contexts.COLUMNS))


def test_a_context_is_stored_once_with_its_texts():
    first, again = get_or_create({NEWS}, LIMIT)[NEWS], get_or_create([NEWS], LIMIT)[NEWS]
    assert first == again and texts(first.id) == NEWS
    assert Context.objects.count() == 1 and DimensionValue.objects.count() == 7


def test_contexts_share_their_values():
    other = replace(NEWS, language="fr")
    found = get_or_create({NEWS, other, UNKNOWN}, LIMIT)
    assert {texts(id.id) for id in found.values()} == {NEWS, other} == found.keys()
    assert DimensionValue.objects.count() == 8


def test_the_same_text_in_two_dimensions_is_two_values():
    both = ViewContext(source="news", campaign="news")
    assert texts(get_or_create([both], LIMIT)[both].id) == both
    assert DimensionValue.objects.count() == 2


def test_any_text_can_be_a_value():
    odd = ViewContext('a"b\\c{},', "%s' --", "\u2028 \U0001f600", campaign_of_nulls := "NULL")
    assert texts(get_or_create([odd], LIMIT)[odd].id) == odd and campaign_of_nulls


def test_beyond_the_limit_a_new_text_counts_as_unknown_and_what_is_known_stays(caplog):
    get_or_create([NEWS], LIMIT)
    spam = [replace(NEWS, campaign=f"spam {number}") for number in range(5)]
    used = NewContextCount.objects.get().new_values
    with caplog.at_level(logging.WARNING):
        found = get_or_create(spam, DayLimit(DAY, used + 2))
        assert get_or_create([replace(NEWS, source="late")], DayLimit(DAY, used + 2))
    assert [texts(found[each].id).campaign for each in spam] == ["spam 0", "spam 1", "", "", ""]
    assert found[spam[2]] == get_or_create([NEWS], LIMIT)[NEWS]
    assert len([record for record in caplog.records if "IDEEZA_NEW_VALUES_A_DAY" in record.message]) == 1


def test_the_next_day_there_is_room_again():
    none, tomorrow = DayLimit(DAY, 0), DayLimit(date(2024, 5, 2), 1)
    get_or_create([ViewContext("a")], DayLimit(DAY, 1))
    assert get_or_create([ViewContext("b")], none) == {}
    assert texts(get_or_create([ViewContext("b")], tomorrow)[ViewContext("b")].id).source == "b"
    assert list(NewContextCount.objects.values_list("day", flat=True)) == [tomorrow.day]


def test_new_contexts_of_known_values_are_bounded_as_well():
    sources = [ViewContext(f"s{number}") for number in range(5)]
    media = [ViewContext(medium=f"m{number}") for number in range(5)]
    get_or_create([*sources, *media], DayLimit(DAY, 10))
    crossed = [
        ViewContext(f"s{n}", f"m{m}", device=d)
        for n in range(5)
        for m in range(5)
        for d in ("other", "tablet", "mobile", "desktop")
    ]
    found = get_or_create(crossed, DayLimit(DAY, 10))
    assert len(found) == 90 and Context.objects.count() == 100
    assert get_or_create([ViewContext("s4", "m4")], DayLimit(DAY, 10)) == {}


def test_without_any_room_the_kind_of_device_is_kept():
    spam = ViewContext("spam", device="mobile")
    assert get_or_create([spam], DayLimit(DAY, 0)) == {}
    found = get_or_create([spam], DayLimit(DAY, 1))
    assert texts(found[spam].id) == spam


def test_a_context_that_was_added_by_other_means_gets_its_digest():
    value = DimensionValue.objects.create(dimension=1, value="news")
    row = Context.objects.create(source=value.pk)
    assert get_or_create([ViewContext("news")], LIMIT)[ViewContext("news")].id == row.pk
    row.refresh_from_db()
    assert row.content is not None


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
class TestCache:
    def test_a_context_is_remembered_after_its_transaction_only(self, django_assert_num_queries):
        with database.rolled_back():
            get_or_create([NEWS], LIMIT)
        assert Context.objects.count() == 0
        with database.committing():
            get_or_create([NEWS], LIMIT)
        with django_assert_num_queries(0):
            get_or_create([NEWS], LIMIT)

    def test_a_context_that_lost_a_text_is_not_remembered(self):
        with database.committing():
            get_or_create([ViewContext("a", device="mobile")], DayLimit(DAY, 0))
        with database.committing():
            found = get_or_create([ViewContext("a", device="mobile")], LIMIT)
        assert texts(found[ViewContext("a", device="mobile")].id).source == "a"

    def test_after_a_restore_the_ids_are_looked_up_again(self):
        with database.committing():
            before = get_or_create([NEWS], LIMIT)[NEWS]
        Context.objects.all().delete()
        Context.objects.create(pk=before.id, source=77)
        with database.committing():
            after = get_or_create_current([NEWS], LIMIT)[NEWS]
        assert after.id != before.id and texts(after.id) == NEWS
