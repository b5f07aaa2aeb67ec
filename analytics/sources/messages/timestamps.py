"""Points in time as microseconds since 1970, UTC, read directly from the text in logs and tables."""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from analytics.sources.files.log_record import Reason, Skip

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000
MICROSECOND = timedelta(microseconds=1)
TIME_END = (datetime(2200, 1, 1, tzinfo=UTC) - EPOCH) // MICROSECOND
"""Every time is before this one."""
PARTS_OF_SECOND = [(1e11, 1), (1e14, 10**3), (1e17, 10**6), (1e20, 10**9)]
"""A time below this number counts so many parts of a second: no log is of before 1973 or after 5138."""
NUMBER = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,20})?")
LOG_TIME = re.compile(r"([0-9]{2}/[A-Za-z]{3}/[0-9]{4}):([0-9]{2}:[0-9]{2}:[0-9]{2}) ([+-][0-9]{4})")
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def as_datetime(at: int) -> datetime:
    """
    >>> as_datetime(SECOND).isoformat()
    '1970-01-01T00:00:01+00:00'
    """
    return EPOCH + at * MICROSECOND


def as_microseconds(moment: datetime) -> int:
    """Return the microseconds since 1970. (Dividing two timedeltas takes twice the time of this sum.)

    >>> as_microseconds(as_datetime(7)), as_microseconds(as_datetime(-7))
    (7, -7)
    """
    since = moment - EPOCH
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds


def parse_log_time(day: str, clock: str, offset: str) -> int:
    """Return the time of a log line in microseconds. A leap second counts as the second after it.

    >>> parse_log_time("17/May/2015", "10:05:03", "+0200") // SECOND
    1431849903
    >>> as_datetime(parse_log_time("31/Dec/2016", "23:59:60", "+0000"))
    datetime.datetime(2017, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)
    """
    hours, minutes, seconds = int(clock[:2]), int(clock[3:5]), int(clock[6:])
    if hours > 23 or minutes > 59 or seconds > 60:
        raise Skip(Reason.MALFORMED)
    return _require_in_calendar((_midnight(day, offset) + hours * 3600 + minutes * 60 + seconds) * SECOND)


@lru_cache(1024)
def _midnight(day: str, offset: str) -> int:
    """Return the second in which the day of a log line begins."""
    try:
        number = date(int(day[7:]), MONTHS.index(day[3:6]) + 1, int(day[:2])).toordinal() - EPOCH.toordinal()
    except ValueError as error:
        raise Skip(Reason.MALFORMED) from error
    east = int(offset[1:3]) * 3600 + int(offset[3:]) * 60
    return number * 86400 - (east if offset[0] == "+" else -east)


def parse_iso_time(text: str, *, until: int | None = TIME_END) -> int:
    """Return the time in a table in microseconds: ISO 8601, UTC when it names no zone; a date is its midnight. Raise
    Skip if it is before 1970, or not before `until`.

    >>> parse_iso_time("2015-05-17T12:05:03+02:00") == parse_iso_time("2015-05-17 10:05:03")
    True
    """
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise Skip(Reason.MALFORMED) from error
    aware = time if time.tzinfo else time.replace(tzinfo=UTC)
    return _require_in_calendar(as_microseconds(aware), until)


def parse_any_log_time(value: object) -> int:
    """Return the time of a log of JSON in microseconds: seconds since 1970, as a number or text (or thousandths and
    smaller parts of seconds, by their size), ISO 8601, also with slashes, or the time of a common log.

    >>> parse_any_log_time(1794000000.12) == parse_any_log_time("1794000000120")
    True
    >>> parse_any_log_time("17/May/2015:12:05:03 +0200") == parse_any_log_time("2015-05-17T10:05:03Z")
    True
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Skip(Reason.MALFORMED)
    if isinstance(value, str) and (found := LOG_TIME.fullmatch(value)):
        return parse_log_time(*found.groups())
    if isinstance(value, str) and not NUMBER.fullmatch(value):
        return parse_iso_time(value.replace("/", "-"))
    number = float(value)
    parts = next((parts for end, parts in PARTS_OF_SECOND if abs(number) < end), None)
    if parts is None:
        raise Skip(Reason.TIME)
    return _require_in_calendar(round(number * SECOND / parts))


def _require_in_calendar(at: int, until: int | None = TIME_END) -> int:
    if at < 0 or (until is not None and at >= until):
        raise Skip(Reason.TIME)
    return at
