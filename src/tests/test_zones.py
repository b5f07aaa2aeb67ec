import struct
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally.counts import Ints
from tally.errors import BadZone, TallyError
from tally.span import CALENDAR_END, Span, enclosing_span
from tally.zones import DAY, EPOCH, HOUR, PROBE_SECONDS, SECOND, ZONE_NAME, Zone
from tests.strategies import days

CALENDAR_SECONDS = (CALENDAR_END - EPOCH.date()).days * 86400
ONE_DAY = timedelta(days=1)
GRID = np.arange(0, DAY, 30 * SECOND)
"""Every half minute of a day. All changes of an offset since 1970 happen at one of these."""
UNUSUAL = (
    "Africa/Cairo",
    "Africa/Casablanca",
    "Africa/Monrovia",
    "America/Moncton",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Antarctica/Casey",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Kathmandu",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Etc/GMT+12",
    "Europe/Berlin",
    "Europe/Dublin",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "Pacific/Kwajalein",
    "UTC",
)


def database_file(name: str) -> bytes:
    """Return the file of a zone that ZoneInfo reads."""
    for folder in zoneinfo.TZPATH:
        if (path := Path(folder, name)).is_file():
            return path.read_bytes()
    return resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()


@cache
def different_zones() -> dict[str, bytes]:
    """Return one name for each of the files that differ. Half of the names are other names of the same zone."""
    names = sorted(zoneinfo.available_timezones() - {"localtime"}, reverse=True)
    return {name: content for content, name in {database_file(name): name for name in names}.items()}


def changes_in_file(content: bytes) -> list[tuple[int, int]]:
    """Return the second and the new offset of each change of the offset since 1970 that a file lists (RFC 8536)."""
    counts = struct.unpack(">6l", content[20:44])
    start = 44 + int(np.dot(counts, (1, 1, 8, 5, 6, 1)))
    _, _, _, changes, kinds, _ = struct.unpack(">6l", content[start + 20 : start + 44])
    times = np.frombuffer(content, ">i8", changes, start + 44)
    kind = np.frombuffer(content, np.uint8, changes, start + 44 + 8 * changes)
    offsets = np.ndarray(kinds, ">i4", content, start + 44 + 9 * changes, strides=(6,))
    after = offsets[kind]
    changed = np.diff(after, prepend=offsets[0]) != 0
    some = changed & (times > 0) & (times < CALENDAR_SECONDS)
    return list(zip(times[some].tolist(), after[some].tolist(), strict=True))


def local_time(name: str, time: int) -> datetime:
    return (EPOCH + timedelta(microseconds=time)).astimezone(ZoneInfo(name))


def expected_days(name: str, times: Ints) -> list[int]:
    return [local_time(name, time).toordinal() - EPOCH.toordinal() for time in times.tolist()]


def expected_hours(name: str, times: Ints) -> list[int]:
    return [local_time(name, time).hour for time in times.tolist()]


def around(moments: Ints) -> Ints:
    return np.unique(np.add.outer(moments, [-DAY, -HOUR, -1, 0, 1, HOUR, DAY]).ravel())


def utc_day(day: date) -> Ints:
    """Return every half minute of a UTC day."""
    return GRID + (day - EPOCH.date()).days * DAY


def near(day: date) -> list[date]:
    return [day + n * ONE_DAY for n in range(-2, 3)]


def day_after_1970(number: int) -> date:
    return EPOCH.date() + number * ONE_DAY


@st.composite
def unusual_days(draw: st.DrawFn) -> tuple[Zone, date]:
    """A zone and a day, often next to a change of its offset."""
    zone = Zone.named(draw(st.sampled_from(UNUSUAL)))
    if not zone.transitions.size or draw(st.integers(0, 9)) == 0:
        return zone, draw(days)
    number = draw(st.sampled_from(zone.transitions.tolist())) // DAY
    return zone, day_after_1970(number + draw(st.integers(-1, 1)))


def test_every_zone_has_the_changes_that_its_file_lists():
    for name, content in different_zones().items():
        zone = Zone.named(name)
        found = list(zip((zone.transitions // SECOND).tolist(), (zone.offsets[1:] // SECOND).tolist(), strict=True))
        listed = changes_in_file(content)
        assert found[: len(listed)] == listed, name


def test_no_two_changes_of_a_zone_are_so_close_that_the_search_could_miss_them():
    seconds = [[second for second, _ in changes_in_file(content)] for content in different_zones().values()]
    assert min(np.diff(each).min(initial=CALENDAR_SECONDS) for each in seconds) > PROBE_SECONDS


def test_days_and_hours_are_exact_around_changes_in_every_zone():
    for number, name in enumerate(different_zones()):
        zone = Zone.named(name)
        times = around(np.append(zone.transitions[number % 7 :: 7], [DAY, CALENDAR_SECONDS * SECOND - DAY - 1]))
        assert zone.local_days(times).tolist() == expected_days(name, times), name
        assert zone.local_hours(times).tolist() == expected_hours(name, times), name


@given(st.sampled_from(UNUSUAL), st.lists(st.integers(0, CALENDAR_SECONDS * SECOND - 1), max_size=50))
def test_days_and_hours_are_exact_at_any_time(name, moments):
    times = np.array(moments, np.int64)
    assert Zone.named(name).local_days(times).tolist() == expected_days(name, times)
    assert Zone.named(name).local_hours(times).tolist() == expected_hours(name, times)


def test_more_times_than_are_converted_in_one_step_keep_their_order():
    zone = Zone.named("Asia/Gaza")
    times = np.random.default_rng(1).integers(0, CALENDAR_SECONDS * SECOND, 50_000)
    some = slice(None, None, 997)
    assert zone.local_days(times)[some].tolist() == expected_days("Asia/Gaza", times[some])
    assert zone.local_hours(times)[some].tolist() == expected_hours("Asia/Gaza", times[some])


def days_set_back_over_midnight(zone: Zone) -> set[int]:
    """Return the days, as numbers, whose end comes twice, and the days after them."""
    before = (zone.transitions - 1 + zone.offsets[:-1]) // DAY
    after = (zone.transitions + zone.offsets[1:]) // DAY
    back = after < before
    return {*before[back].tolist(), *after[back].tolist()}


def numbers_near_changes(zone: Zone, sample: slice) -> Iterator[int]:
    for number in zone.local_days(np.append(zone.transitions[sample], 20_000 * DAY)).tolist():
        yield from (number - 1, number, number + 1)


def test_a_time_lies_in_the_utc_span_of_its_day_and_of_no_other():
    for name in different_zones():
        zone = Zone.named(name)
        twice = days_set_back_over_midnight(zone)
        for number in numbers_near_changes(zone, slice(None, None, 29)):
            start, end = zone.utc_span(Span(day_after_1970(number), day_after_1970(number + 1)))
            times = around(np.array([start, end]))
            of_day = zone.local_days(times) == number
            inside = (start <= times) & (times < end)
            assert (inside[of_day]).all(), (name, number)
            assert of_day[inside].all() or number in twice, (name, number)
            assert start == end or (zone.local_days(np.array([start, end - 1])) == number).all(), (name, number)


@given(unusual_days(), st.integers(0, 40))
def test_the_utc_span_of_several_days_ends_where_the_next_begins(zone_and_day, length):
    zone, day = zone_and_day
    end = day + length * ONE_DAY
    if not {(each - EPOCH.date()).days for each in (day, end)} & days_set_back_over_midnight(zone):
        assert zone.utc_span(Span(day, end))[1] == zone.utc_span(Span(end, end + ONE_DAY))[0]


@pytest.mark.parametrize(
    "name, day, begins, hours",
    [
        ("UTC", date(2024, 2, 29), "2024-02-29T00:00:00+00:00", 24),
        ("Europe/Berlin", date(2024, 3, 31), "2024-03-31T00:00:00+01:00", 23),
        ("Europe/Berlin", date(2024, 10, 27), "2024-10-27T00:00:00+02:00", 25),
        ("Australia/Lord_Howe", date(2024, 4, 7), "2024-04-07T00:00:00+11:00", 24.5),
        ("America/Sao_Paulo", date(2018, 11, 4), "2018-11-04T01:00:00-02:00", 23),
        ("Asia/Beirut", date(2024, 3, 31), "2024-03-31T01:00:00+03:00", 23),
        ("Africa/Cairo", date(2024, 4, 26), "2024-04-26T01:00:00+03:00", 23),
        ("Africa/Monrovia", date(1972, 1, 6), "1972-01-06T00:00:00-00:44:30", 24),
        ("Pacific/Apia", date(2011, 12, 29), "2011-12-29T00:00:00-10:00", 24),
        ("Pacific/Apia", date(2011, 12, 30), "2011-12-31T00:00:00+14:00", 0),
        ("Pacific/Apia", date(2011, 12, 31), "2011-12-31T00:00:00+14:00", 24),
        ("Pacific/Kwajalein", date(1993, 8, 21), "1993-08-22T00:00:00+12:00", 0),
        ("America/St_Johns", date(2006, 10, 28), "2006-10-28T00:00:00-02:30", 25),
        ("America/St_Johns", date(2006, 10, 29), "2006-10-29T00:00:00-02:30", 25),
    ],
)
def test_a_day_begins_at_its_first_moment(name, day, begins, hours):
    start, end = Zone.named(name).utc_span(Span(day, day + ONE_DAY))
    assert EPOCH + timedelta(microseconds=start) == datetime.fromisoformat(begins)
    assert (end - start) / HOUR == hours


def test_no_days_begin_and_end_at_the_same_moment():
    for name in UNUSUAL:
        start, end = Zone.named(name).utc_span(Span(date(2006, 10, 29), date(2006, 10, 29)))
        assert start == end


@given(st.lists(unusual_days(), min_size=1, max_size=4))
def test_the_local_days_of_utc_days_are_all_that_overlap_them(zones_and_days):
    zone = zones_and_days[0][0]
    utc_days = [day for _, day in zones_and_days]
    expected = np.unique(np.concatenate([zone.local_days(utc_day(day)) for day in utc_days]))
    assert zone.local_days_of(utc_days) == [day_after_1970(number) for number in expected.tolist()]


def test_no_utc_days_overlap_no_local_days():
    assert Zone.named("Europe/Berlin").local_days_of([]) == []


@given(unusual_days(), st.integers(0, 3))
def test_the_utc_days_of_local_days_are_all_that_overlap_them(zone_and_day, length):
    zone, day = zone_and_day
    wanted = Span(day, day + length * ONE_DAY)
    around_them = sorted({each for edge in (wanted.start, wanted.end) for each in near(edge)})
    overlapping = [each for each in around_them if set(zone.local_days_of([each])) & set(wanted)]
    found = zone.utc_days_of(wanted)
    assert found == enclosing_span(overlapping) if overlapping else not found


@given(unusual_days())
def test_a_day_has_the_hours_that_its_clocks_show(zone_and_day):
    zone, day = zone_and_day
    times = np.concatenate([utc_day(each) for each in near(day)])
    of_day = times[zone.local_days(times) == (day - EPOCH.date()).days]
    assert zone.hours_in(day) == np.unique(zone.local_hours(of_day)).tolist()


def test_a_skipped_hour_is_missing_and_a_skipped_day_has_none():
    assert Zone.named("America/Sao_Paulo").hours_in(date(2018, 11, 4)) == list(range(1, 24))
    assert Zone.named("Australia/Lord_Howe").hours_in(date(2024, 10, 6)) == list(range(24))
    assert Zone.named("Pacific/Apia").hours_in(date(2011, 12, 30)) == []


@given(unusual_days(), st.integers(0, DAY - 1), st.integers(-12, 14))
def test_the_day_and_hour_of_a_moment_are_those_that_datetime_has(zone_and_day, time, offset):
    zone, day = zone_and_day
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(microseconds=time)
    local = moment.astimezone(ZoneInfo(zone.name))
    same_moment = moment.astimezone(timezone(timedelta(hours=offset)))
    assert (zone.day_of(same_moment), zone.hour_of(same_moment)) == (local.date(), local.hour)


def test_a_moment_without_a_time_zone_is_refused():
    with pytest.raises(TypeError):
        Zone.named("Europe/Berlin").day_of(datetime(2024, 2, 29))


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        ".",
        "..",
        "../x",
        "Europe/../Europe/Berlin",
        "/etc/passwd",
        "/usr/share/zoneinfo/Europe/Berlin",
        "Europe",
        "Europe/",
        "Europe//Berlin",
        "Europe/Berlin\n",
        "Europe/Berlin\0",
        "\0",
        "Europe\\Berlin",
        "Europe/B\u0435rlin",
        "\ud800",
        "europe/berlin",
        "Mars/Olympus_Mons",
        "X" * 10_000,
        "A/" * 5_000,
        "localtime",
        "posixrules",
        "posix/Europe/Berlin",
        "right/Europe/Berlin",
        "tzdata.zi",
        "zone.tab",
        "__init__.py",
        "+01:00",
    ],
)
def test_a_name_that_the_database_does_not_know_is_refused(name):
    with pytest.raises(BadZone) as refused:
        Zone.named(name)
    assert isinstance(refused.value, TallyError)
    assert len(str(refused.value)) < 500


def test_every_name_of_the_database_is_known():
    names = zoneinfo.available_timezones() - {"localtime"}
    assert len(names) > 400
    assert {name for name in names if not ZONE_NAME.fullmatch(name)} == set()


def test_zones_are_equal_by_name_and_made_once():
    assert Zone.named("Asia/Tokyo") is Zone.named("Asia/Tokyo")
    assert Zone.named("Asia/Tokyo") != Zone.named("Asia/Seoul")
    assert {Zone.named("Asia/Tokyo")} == {Zone.of("Asia/Tokyo", [(0, 9 * 3600)])}


def test_the_arrays_of_a_zone_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        Zone.named("Europe/Berlin").offsets[0] = 1


def test_utc_needs_no_database(monkeypatch):
    monkeypatch.setattr("tally.zones.ZoneInfo", None)
    Zone.named.cache_clear()
    times = np.array([-1, 0, DAY - 1, DAY, 10**6 * DAY], np.int64)
    assert Zone.named("UTC").local_days(times).tolist() == (times // DAY).tolist()
    assert Zone.named("UTC").transitions.size == 0


def test_changes_a_few_hours_apart_are_told_apart():
    zone = Zone.of("Example", [(0, 0), (86400, 3600), (86400 + 7200, -3600), (86400 + 7260, 0)])
    moments = np.array([86399, 86400, 86400 + 7199, 86400 + 7200, 86400 + 7260]) * SECOND
    assert zone.local_hours(moments).tolist() == [23, 1, 2, 1, 2]
