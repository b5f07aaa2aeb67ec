from datetime import date, timedelta

import pytest
from hypothesis import given

from tally.errors import BadSpan
from tally.span import EVER, Bucket, Grain, Span, buckets_of, cover, enclosing_span, floor, next_start, periods, runs
from tests.strategies import days, some_days, spans


@given(spans())
def test_a_cover_holds_each_day_of_the_span_once_in_order(span):
    assert [day for bucket in cover(span) for day in bucket.span] == list(span)


@given(spans())
def test_a_cover_is_short_however_long_the_span(span):
    years = span.days // 365
    assert len(cover(span)) <= years + 2 * (11 + 4 + 12)


@given(spans())
def test_no_two_neighbours_of_a_cover_would_fit_a_larger_bucket_whole(span):
    covered = cover(span)
    for grain in (Grain.WEEK, Grain.MONTH, Grain.YEAR):
        for bucket in buckets_of([each.start for each in covered], grain):
            inside = [each for each in covered if each.grain < grain and each.start in bucket.span]
            whole = [day for each in inside for day in each.span] == list(bucket.span)
            assert not whole or grain is Grain.WEEK and len(inside) == 1


@given(spans())
def test_a_cover_by_days_is_the_days(span):
    assert cover(span, Grain.DAY) == [Bucket(Grain.DAY, day) for day in span]


@given(days)
def test_a_day_lies_in_its_bucket_and_not_in_the_next(day):
    for grain in Grain:
        bucket = Bucket(grain, floor(day, grain))
        assert day in bucket.span
        assert day not in Bucket(grain, next_start(bucket.start, grain)).span


@given(some_days)
def test_weeks_start_on_monday_and_last_seven_days(day):
    week = Bucket(Grain.WEEK, floor(day, Grain.WEEK))
    assert (week.start.weekday(), week.span.days) == (0, 7)


@given(spans())
def test_periods_cut_a_span_without_loss_or_overlap(span):
    for grain in Grain:
        pieces = periods(span, grain)
        assert [day for piece in pieces for day in piece] == list(span)
        assert [floor(piece.start, grain) for piece in pieces] == sorted({floor(day, grain) for day in span})


@given(spans(), spans())
def test_an_intersection_holds_what_both_hold(one, other):
    assert set(one.intersection(other)) == set(one) & set(other)


def test_days_in_any_order_become_the_fewest_spans():
    leap = [date(2024, 3, 1), date(2024, 2, 29), date(2024, 2, 29), date(2024, 2, 28), date(2023, 3, 1)]
    assert runs(leap) == [Span(date(2023, 3, 1), date(2023, 3, 2)), Span(date(2024, 2, 28), date(2024, 3, 2))]
    assert runs([]) == []


def test_a_hull_holds_all_days_and_of_none_is_empty():
    assert enclosing_span([date(2024, 1, 5), date(2024, 1, 1)]) == Span(date(2024, 1, 1), date(2024, 1, 6))
    assert not enclosing_span([])


def test_a_closed_span_includes_both_ends_and_stays_in_the_calendar():
    assert Span.closed(None, None) == EVER
    assert Span.closed(date.min, date.max) == EVER
    assert Span.closed(date(2024, 2, 29), None).start == date(2024, 2, 29)
    assert not Span.closed(date(9000, 1, 1), None)
    assert not Span.closed(None, date(1900, 1, 1))


def test_the_last_days_include_today():
    today = date(2024, 3, 1)
    assert list(Span.last(2, today)) == [today - timedelta(days=1), today]
    assert Span.last(10**6, today).days == (today - EVER.start).days + 1


def test_a_span_that_ends_before_it_starts_is_refused():
    with pytest.raises(BadSpan, match="2024-01-02"):
        Span.closed(date(2024, 1, 2), date(2024, 1, 1))
    with pytest.raises(BadSpan):
        Span(date(2024, 1, 2), date(2024, 1, 1))
