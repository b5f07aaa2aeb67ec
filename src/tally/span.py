"""Days, the calendar buckets that hold them, and the fewest buckets that cover a span."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from typing import NamedTuple

from tally.errors import BadSpan

CALENDAR_START = date(1970, 1, 1)
"""The first day of the calendar. The tables of facts refuse earlier times, so no span needs to reach further back."""
CALENDAR_END = date(2200, 1, 1)
"""The day after the last one; all ends are excluded."""
ONE_DAY = timedelta(days=1)


class Grain(IntEnum):
    """The sizes of summary buckets, from small to large. The numbers are stored."""

    DAY = 1
    WEEK = 2
    MONTH = 3
    YEAR = 4


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Whole days from `start` up to `end`, without `end`. A span may be empty.

    >>> Span(date(2024, 2, 28), date(2024, 3, 1)).days
    2
    """

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise BadSpan(f"a span cannot end ({self.end}) before it starts ({self.start})")

    @classmethod
    def closed(cls, first: date | None, last: date | None) -> Span:
        """Return the span from `first` to `last`, both included, cut to the calendar. None means unbounded.

        >>> Span.closed(date(2024, 2, 29), date(2024, 2, 29))
        Span(start=datetime.date(2024, 2, 29), end=datetime.date(2024, 3, 1))
        >>> Span.closed(date(2199, 1, 1), date.max).end
        datetime.date(2200, 1, 1)
        """
        if first is not None and last is not None and last < first:
            raise BadSpan(f"{last} is before {first}")
        start = min(max(first or CALENDAR_START, CALENDAR_START), CALENDAR_END)
        end = CALENDAR_END if last is None or last >= CALENDAR_END else last + ONE_DAY
        return cls(start, max(start, end))

    @classmethod
    def last(cls, days: int, today: date) -> Span:
        """Return the last `days` days, with today.

        >>> Span.last(7, date(2024, 3, 3)).start
        datetime.date(2024, 2, 26)
        """
        return cls.closed(today - timedelta(days=min(days, today.toordinal()) - 1), today)

    @classmethod
    def year(cls, year: int) -> Span:
        """Return the days of a calendar year.

        >>> Span.year(2024).days, Span.year(2023).days
        (366, 365)
        """
        return cls(date(year, 1, 1), date(year + 1, 1, 1))

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    @property
    def edges(self) -> list[date]:
        """The first and the last day; an empty list for an empty span."""
        return [self.start, self.end - ONE_DAY] if self else []

    def __bool__(self) -> bool:
        return self.start < self.end

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    def __iter__(self) -> Iterator[date]:
        return (self.start + timedelta(days=n) for n in range(self.days))

    def intersection(self, other: Span) -> Span:
        """Return the days that are in both spans; the result may be empty.

        >>> bool(Span.year(2023).intersection(Span.year(2024)))
        False
        """
        start = max(self.start, other.start)
        return Span(start, max(start, min(self.end, other.end)))


EVER = Span(CALENDAR_START, CALENDAR_END)


class Bucket(NamedTuple):
    """One bucket of the calendar, given by its grain and its first day."""

    grain: Grain
    start: date

    @property
    def span(self) -> Span:
        """The days of the bucket.

        >>> Bucket(Grain.MONTH, date(2024, 2, 1)).span.days
        29
        """
        return Span(self.start, next_start(self.start, self.grain))


def floor(day: date, grain: Grain) -> date:
    """Return the first day of the bucket that holds `day`. Weeks begin on Monday and cross months and years.

    >>> floor(date(2025, 1, 1), Grain.WEEK)
    datetime.date(2024, 12, 30)
    >>> floor(date(2024, 2, 29), Grain.MONTH), floor(date(2024, 2, 29), Grain.YEAR)
    (datetime.date(2024, 2, 1), datetime.date(2024, 1, 1))
    """
    match grain:
        case Grain.DAY:
            return day
        case Grain.WEEK:
            return day - timedelta(days=day.weekday())
        case Grain.MONTH:
            return day.replace(day=1)
        case Grain.YEAR:
            return day.replace(month=1, day=1)


def next_start(start: date, grain: Grain) -> date:
    """Return the first day of the bucket after the one that starts on `start`.

    >>> next_start(date(2024, 12, 1), Grain.MONTH), next_start(date(2024, 2, 26), Grain.WEEK)
    (datetime.date(2025, 1, 1), datetime.date(2024, 3, 4))
    """
    match grain:
        case Grain.DAY:
            return start + ONE_DAY
        case Grain.WEEK:
            return start + timedelta(days=7)
        case Grain.MONTH:
            return date(start.year + start.month // 12, start.month % 12 + 1, 1)
        case Grain.YEAR:
            return date(start.year + 1, 1, 1)


def buckets_of(days: Iterator[date] | list[date], grain: Grain) -> list[Bucket]:
    """Return the buckets of one grain that hold any of `days`, in order.

    >>> buckets_of([date(2024, 3, 1), date(2024, 2, 29)], Grain.MONTH)[0].start
    datetime.date(2024, 2, 1)
    """
    return [Bucket(grain, start) for start in sorted({floor(day, grain) for day in days})]


def whole_buckets(span: Span, grain: Grain) -> list[Bucket]:
    """Return the buckets of one grain that lie completely inside the span.

    >>> [bucket.start.month for bucket in whole_buckets(Span(date(2024, 1, 2), date(2024, 4, 1)), Grain.MONTH)]
    [2, 3]
    """
    start = floor(span.start, grain)
    if start < span.start:
        start = next_start(start, grain)
    found = []
    while start < span.end and (end := next_start(start, grain)) <= span.end:
        found.append(Bucket(grain, start))
        start = end
    return found


def cover(span: Span, grain: Grain = Grain.YEAR) -> list[Bucket]:
    """Return few buckets, none larger than `grain`, that hold each day of the span once, in order of time.

    Whole years are taken first, then whole months at both ends, then whole weeks, then days: at most 11 months, 4 weeks
    and 12 days at each end, for a span of any length.

    >>> [(bucket.grain.name, bucket.start.day) for bucket in cover(Span(date(2024, 1, 30), date(2024, 3, 2)))]
    [('DAY', 30), ('DAY', 31), ('MONTH', 1), ('DAY', 1)]
    >>> len(cover(Span(date(2024, 1, 1), date(2026, 1, 1))))
    2
    >>> [bucket.grain.name for bucket in cover(Span(date(2024, 2, 11), date(2024, 2, 27)))]
    ['DAY', 'WEEK', 'WEEK', 'DAY']
    """
    if not span:
        return []
    middle = whole_buckets(span, grain)
    if grain is Grain.DAY:
        return middle
    smaller = Grain(grain - 1)
    if not middle:
        return cover(span, smaller)
    before = Span(span.start, middle[0].start)
    behind = Span(middle[-1].span.end, span.end)
    return [*cover(before, smaller), *middle, *cover(behind, smaller)]


def periods(span: Span, grain: Grain) -> list[Span]:
    """Return the span cut at the borders of a grain. The first and the last piece may be shorter than the grain.

    >>> [period.days for period in periods(Span(date(2024, 12, 25), date(2025, 1, 7)), Grain.WEEK)]
    [5, 7, 1]
    """
    if not span:
        return []
    starts = [span.start]
    while (start := next_start(floor(starts[-1], grain), grain)) < span.end:
        starts.append(start)
    return [Span(*edges) for edges in zip(starts, [*starts[1:], span.end], strict=True)]


def runs(days: Iterable[date]) -> list[Span]:
    """Return days, given in any order, as the fewest spans.

    >>> [run.days for run in runs([date(2024, 3, 1), date(2024, 2, 29), date(2024, 3, 5)])]
    [2, 1]
    """
    found: list[Span] = []
    for day in sorted(set(days)):
        if found and found[-1].end == day:
            found[-1] = Span(found[-1].start, day + ONE_DAY)
        else:
            found.append(Span(day, day + ONE_DAY))
    return found


def enclosing_span(days: list[date]) -> Span:
    """Return the shortest span that holds all the days; an empty span for no days.

    >>> enclosing_span([date(2024, 3, 1), date(2024, 2, 28)]).days
    3
    """
    return Span(min(days), max(days) + ONE_DAY) if days else Span(CALENDAR_START, CALENDAR_START)
