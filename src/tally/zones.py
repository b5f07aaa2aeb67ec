"""Days and hours of a time zone, as numbers: exact at every change of its offset, and fast for a million times.

Times are microseconds since 1970 in UTC. A day is a number of days since 1970 in an array, and a date elsewhere.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import compress, count
from operator import ne
from zoneinfo import ZoneInfo

import numpy as np

from tally.counts import Ints
from tally.errors import BadZone
from tally.span import CALENDAR_END, CALENDAR_START, Span

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_ORDINAL = EPOCH.toordinal()
MAX_CACHED_ZONES = 1000
"""More than there are names: the database of 2026 has 598."""

DAYS_IN_EVERY_ZONE = Span(CALENDAR_START + timedelta(days=1), CALENDAR_END - timedelta(days=1))
"""The days whose days of UTC are in the calendar, whatever the zone."""
ZONE_NAME = re.compile(r"[A-Z][A-Za-z0-9_+-]{0,31}(/[A-Z][A-Za-z0-9_+-]{0,31}){0,3}", re.ASCII)
"""All names of the database begin with a capital letter, and so does each part. What a machine adds does not, and means
another zone on each machine (`localtime`, `posixrules`) or counts leap seconds (`right/UTC`)."""

PROBE_SECONDS = 2 * 86400
"""The distance of the clock times at which an offset is read, to find its changes. Two changes between neighbours are
missed if the second undoes the first. The shortest time between two changes since 1970 is 6.96 days (Asia/Gaza in 2040,
America/Recife in 2000); a test measures it in the database that is installed."""

BLOCK_TIMES = 1 << 14
"""How many times are converted in one step: their arrays stay in the cache of a core. A million times in one step take
three times as long."""

NEVER = np.iinfo(np.int64).max
MAX_CELL_BITS = 44


@dataclass(frozen=True, slots=True, eq=False)
class TransitionIndex:
    """Transitions, sorted, with a table by which the number of those before a time is found without a search.

    Time is cut into cells of `2 ** bits` microseconds, so short that none holds two transitions. `passed` has the
    number of transitions before each cell.
    """

    transitions: Ints
    bits: int
    passed: Ints

    @classmethod
    def of(cls, transitions: Ints) -> TransitionIndex:
        bits = MAX_CELL_BITS
        while (np.diff(transitions >> bits) == 0).any():
            bits -= 1
        cells = np.arange((transitions.max(initial=0) >> bits) + 2)
        return cls(np.append(transitions, NEVER), bits, np.searchsorted(transitions, cells << bits).astype(np.int64))

    def count(self, times: Ints) -> Ints:
        """Return how many transitions each time has behind it; one that happens at the time itself counts.

        A million random times take 4 ms; `np.searchsorted` takes 23 to 46 ms. A time outside the calendar counts as
        one of the first or the last cell.
        """
        passed = self.passed.take(times >> self.bits, mode="clip")
        return passed + (times >= self.transitions.take(passed, mode="clip"))


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone: the moments at which its offset changes within the calendar, and the offset before and after each.

    Before and after the calendar, the offset of its first and its last moment holds. Two zones are equal if their names
    are.

    >>> berlin = Zone.named("Europe/Berlin")
    >>> berlin.local_days(np.array([0, 23 * HOUR])).tolist(), berlin.local_hours(np.array([0, 23 * HOUR])).tolist()
    ([0, 1], [1, 0])
    """

    name: str
    transitions: Ints = field(repr=False, compare=False)
    offsets: Ints = field(repr=False, compare=False)
    index: TransitionIndex = field(repr=False, compare=False)

    @staticmethod
    @lru_cache(MAX_CACHED_ZONES)
    def named(name: str) -> Zone:
        """Return the zone of this name. Raise BadZone if the time zone database has none.

        >>> Zone.named("Europe/Berlin") is Zone.named("Europe/Berlin")
        True
        >>> Zone.named("../etc/localtime")
        Traceback (most recent call last):
        tally.errors.BadZone: '../etc/localtime' is no time zone
        """
        return Zone.of(name, [(0, 0)] if name == "UTC" else _offsets_in_calendar(_zone_info(name)))

    @classmethod
    def of(cls, name: str, offsets_from: Iterable[tuple[int, int]]) -> Zone:
        """Return a zone with these offsets, each with the moment from which it holds, in seconds, in order of time. The
        first also holds before its moment."""
        moments, offsets = np.array(list(offsets_from), np.int64).T * SECOND
        transitions = moments[1:].copy()
        index = TransitionIndex.of(transitions)
        for shared in (transitions, offsets, index.transitions, index.passed):
            shared.flags.writeable = False
        return cls(name, transitions, offsets, index)

    def local_days(self, times: Ints) -> Ints:
        """Return the day of the zone that each time falls on.

        >>> new_york = Zone.named("America/New_York")
        >>> new_york.local_days(np.array([0, 5 * HOUR - 1, 5 * HOUR])).tolist()
        [-1, -1, 0]
        """
        days = np.empty(times.size, np.int64)
        for block in _blocks(times.size):
            np.floor_divide(self._wall_times(times[block]), DAY, out=days[block])
        return days

    def local_hours(self, times: Ints) -> Ints:
        """Return the hour of the day, 0 to 23, that the clocks of the zone show at each time.

        >>> Zone.named("Asia/Kathmandu").local_hours(np.array([17 * 365 * DAY])).tolist()  # +05:45
        [5]
        """
        hours = np.empty(times.size, np.int64)
        for block in _blocks(times.size):
            since_1970 = self._wall_times(times[block]) // HOUR
            # Two divisions by a constant take a third of the time of the remainder.
            np.subtract(since_1970, since_1970 // 24 * 24, out=hours[block])
        return hours

    def utc_span(self, days: Span) -> tuple[int, int]:
        """Return when a span of local days begins and ends, in microseconds. The end is excluded.

        A day begins at its first moment, which need not be 00:00. A day that the zone skipped begins and ends at the
        same moment.

        A time lies within the result exactly if it falls on one of the days, with one kind of exception: where clocks
        are set back over midnight, the end of a day comes twice, with a piece of the next day in between. Within the
        calendar that happens in America/St_Johns and America/Goose_Bay (each autumn from 1987 to 2010, at 00:01),
        America/Moncton (1993 to 2006) and Antarctica/Casey (once, in March 2010). The results for the two days overlap
        there, so callers filter by `local_days`.

        >>> start, end = Zone.named("Europe/Berlin").utc_span(Span(date(2024, 3, 31), date(2024, 4, 1)))
        >>> (end - start) // HOUR
        23
        >>> start, end = Zone.named("Pacific/Apia").utc_span(Span(date(2011, 12, 30), date(2011, 12, 31)))
        >>> end - start
        0
        """
        starts, ends, _ = self.pieces(days)
        if starts.size:
            return int(starts.min()), int(ends.max())
        moment = self._first_moment(days.start)
        return moment, moment

    def local_days_of(self, utc_days: Sequence[date]) -> list[date]:
        """Return the local days that overlap any of these UTC days: sorted, each once.

        >>> Zone.named("Asia/Tokyo").local_days_of([date(2024, 2, 29)])
        [datetime.date(2024, 2, 29), datetime.date(2024, 3, 1)]
        """
        days = np.unique(np.array([_day_number(day) for day in utc_days], np.int64))
        changed = self.transitions[np.isin(self.transitions // DAY, days)]
        before = self.transitions[np.isin((self.transitions - 1) // DAY, days)] - 1
        # From one of these moments to the next less than a day passes, so no local day lies between their days.
        moments = np.concatenate((days * DAY, (days + 1) * DAY - 1, changed, before))
        return [_day(number) for number in np.unique(self.local_days(moments)).tolist()]

    def utc_days_of(self, days: Span) -> Span:
        """Return the UTC days that overlap a span of local days; an empty span if the zone skipped all of them.

        >>> Zone.named("Asia/Tokyo").utc_days_of(Span(date(2024, 3, 1), date(2024, 3, 2)))
        Span(start=datetime.date(2024, 2, 29), end=datetime.date(2024, 3, 2))
        """
        start, end = self.utc_span(days)
        first = start // DAY
        return Span(_day(first), _day(-(-end // DAY) if start < end else first))

    def day_of(self, moment: datetime) -> date:
        """Return the day of the zone at a moment, which must have a time zone of its own.

        >>> Zone.named("Asia/Tokyo").day_of(datetime(2024, 2, 29, 15, tzinfo=UTC))
        datetime.date(2024, 3, 1)
        """
        return _day(int(self.local_days(_single_time(moment))[0]))

    def hour_of(self, moment: datetime) -> int:
        """Return the hour that the clocks of the zone show at a moment, which must have a time zone of its own.

        >>> Zone.named("Asia/Tokyo").hour_of(datetime(2024, 2, 29, 15, tzinfo=UTC))
        0
        """
        return int(self.local_hours(_single_time(moment))[0])

    def hours_in(self, day: date) -> list[int]:
        """Return the hours, 0 to 23, that a local day has. An hour that comes twice is named once.

        >>> 2 in Zone.named("Europe/Berlin").hours_in(date(2024, 3, 31))
        False
        >>> len(Zone.named("Europe/Berlin").hours_in(date(2024, 10, 27)))
        24
        """
        starts, ends, offsets = self.pieces(Span(day, day + timedelta(days=1)))
        first, last = (starts + offsets) // HOUR, (ends - 1 + offsets) // HOUR
        pieces = zip(first.tolist(), last.tolist(), strict=True)
        return sorted({hour % 24 for start, end in pieces for hour in range(start, end + 1)})

    @property
    def unit(self) -> int:
        """The longest time in microseconds that divides a day and that every offset and every change of it is a
        multiple of. All moments within one fall on the same day, and the same hour if it divides an hour.

        >>> Zone.named("UTC").unit // HOUR, Zone.named("Asia/Kathmandu").unit // SECOND
        (24, 900)
        """
        return int(np.gcd.reduce(np.concatenate(([DAY], self.offsets, self.transitions))))

    def _wall_times(self, times: Ints) -> Ints:
        """Return what the clocks of the zone show at each time, as if it were UTC."""
        if self.transitions.size:
            return times + self.offsets.take(self.index.count(times), mode="clip")
        return times + self.offsets[0] if self.offsets[0] else times

    def _segments(self) -> tuple[Ints, Ints]:
        """Return the start and end of each time in which the offset stays the same."""
        return np.append(-NEVER, self.transitions), np.append(self.transitions, NEVER)

    def pieces(self, days: Span) -> tuple[Ints, Ints, Ints]:
        """Return the stretches of time that fall on the days, one for each offset: starts, ends and offsets."""
        starts, ends = self._segments()
        starts = np.maximum(starts, _day_number(days.start) * DAY - self.offsets)
        ends = np.minimum(ends, _day_number(days.end) * DAY - self.offsets)
        some = starts < ends
        return starts[some], ends[some], self.offsets[some]

    def _first_moment(self, day: date) -> int:
        """Return the first moment that falls on this day or a later one."""
        starts, ends = self._segments()
        starts = np.maximum(starts, _day_number(day) * DAY - self.offsets)
        return int(starts[starts < ends].min())


def _zone_info(name: str) -> ZoneInfo:
    """Return the zone of this name in the database. Raise BadZone if there is none.

    The name is checked first, because ZoneInfo reads whatever file it names.
    """
    if not ZONE_NAME.fullmatch(name):
        raise BadZone(f"{name[:100]!r} is no time zone")
    try:
        return ZoneInfo(name)
    # ZoneInfo lets through what opening and reading a file raise: of a folder, or of a file of another format.
    except (KeyError, ValueError, OSError) as error:
        raise BadZone(f"{name!r} is no time zone") from error


def _offsets_in_calendar(info: ZoneInfo) -> Iterator[tuple[int, int]]:
    """Yield the offset at the start of the calendar, and each that replaces it later, with the second of the change.

    ZoneInfo does not publish its transitions. They are found by halving the intervals of `_intervals_of_change`.
    """
    low, end = (_day_number(day) * DAY // SECOND for day in (CALENDAR_START, CALENDAR_END))
    offset = _offset(info, low)
    yield low, _in_seconds(offset)
    for start, high in _intervals_of_change(info):
        low, high = max(low, start), min(high, end)
        while low < high and offset != _offset(info, high):
            low = _first_other(info, offset, range(low, high))
            offset = _offset(info, low)
            yield low, _in_seconds(offset)


def _intervals_of_change(info: ZoneInfo) -> Iterator[tuple[int, int]]:
    """Yield intervals of time, in seconds, that hold the changes of the offset: from before a change to after it.

    Offsets are read by what the clocks of the zone show, which takes 40 ns; from UTC it takes 600 ns. For a clock's
    time that is skipped or comes twice, `utcoffset` returns the offset before the change.
    """
    start, end = (_day_number(day) * DAY // SECOND for day in (CALENDAR_START, CALENDAR_END))
    clocks = np.arange(start - PROBE_SECONDS, end + 2 * PROBE_SECONDS, PROBE_SECONDS)
    offsets = list(map(info.utcoffset, clocks.astype("datetime64[s]").tolist()))
    for position in compress(count(), map(ne, offsets, offsets[1:])):
        before, after = _in_seconds(offsets[position]), _in_seconds(offsets[position + 1])
        yield int(clocks[position]) - max(before, after), int(clocks[position + 1]) - after


def _first_other(info: ZoneInfo, offset: timedelta | None, seconds: range) -> int:
    """Return the first of the seconds, or the one after them, at which the offset is another."""
    at = datetime.fromtimestamp
    return seconds.start + bisect_left(seconds, True, key=lambda second: at(second, info).utcoffset() != offset)


def _offset(info: ZoneInfo, second: int) -> timedelta | None:
    return datetime.fromtimestamp(second, info).utcoffset()


def _in_seconds(offset: timedelta | None) -> int:
    return offset // timedelta(seconds=1) if offset else 0


def _blocks(size: int) -> Iterator[slice]:
    return (slice(start, start + BLOCK_TIMES) for start in range(0, size, BLOCK_TIMES))


def _single_time(moment: datetime) -> Ints:
    return np.array([(moment - EPOCH) // timedelta(microseconds=1)], np.int64)


def _day_number(day: date) -> int:
    return day.toordinal() - EPOCH_ORDINAL


def _day(number: int) -> date:
    return date.fromordinal(number + EPOCH_ORDINAL)
