"""The span that an answer is compared with."""

from __future__ import annotations

from datetime import date, timedelta

from tally.question import Comparison
from tally.span import CALENDAR_START, ONE_DAY, Grain, Span, floor, next_start

FEBRUARY = 2


def compared_span(compare: Comparison | Span, span: Span, today: date) -> Span:
    """Return the days that a span is compared with. The one before a span of whole years or months is that of as many
    years or months, before any other it has as many days.

    >>> march = Span(date(2024, 3, 1), date(2024, 4, 1))
    >>> compared_span(Comparison.PREVIOUS, march, date(2026, 1, 1))
    Span(start=datetime.date(2024, 2, 1), end=datetime.date(2024, 3, 1))
    >>> compared_span(Comparison.YEAR_BEFORE, Span(date(2024, 2, 29), date(2024, 3, 1)), date(2026, 1, 1)).start
    datetime.date(2023, 2, 28)
    """
    if isinstance(compare, Span):
        return compare
    if compare is Comparison.YEAR_BEFORE:
        last = _years_before(span.end - ONE_DAY, 1)
        return Span(_years_before(span.start, 1), last + ONE_DAY)
    for grain in (Grain.YEAR, Grain.MONTH):
        if floor(span.start, grain) == span.start and floor(span.end, grain) == span.end:
            return Span(_before(span.start, grain, _count(span, grain)), span.start)
    return Span(max(span.start - timedelta(days=span.days), CALENDAR_START), span.start)


def same_part(span: Span, other: Span, today: date) -> Span:
    """Return the part of another span that corresponds to the days of a span that are not in the future.

    >>> march, february = Span(date(2024, 3, 1), date(2024, 4, 1)), Span(date(2024, 2, 1), date(2024, 3, 1))
    >>> same_part(march, february, date(2024, 3, 5)).days
    5
    """
    if today not in span:
        return other
    return Span(other.start, min(other.end, other.start + (today - span.start) + ONE_DAY))


def _count(span: Span, grain: Grain) -> int:
    start, count = span.start, 0
    while start < span.end:
        start, count = next_start(start, grain), count + 1
    return count


def _before(start: date, grain: Grain, count: int) -> date:
    for _ in range(count):
        start = floor(max(start - ONE_DAY, CALENDAR_START), grain)
    return start


def _years_before(day: date, years: int) -> date:
    if day.month == FEBRUARY and day.day == 29:
        day -= ONE_DAY
    return max(day.replace(year=day.year - years), CALENDAR_START)
