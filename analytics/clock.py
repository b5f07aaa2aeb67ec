"""The current time. Only the edges read it and pass it on; flows, stores and the arithmetic take it as a parameter."""

import time
from datetime import UTC, date, datetime, timedelta

from django.utils import timezone

from tally.zones import Zone

MAX_DIFFERENCE = timedelta(seconds=60)
"""The most by which the clocks of servers may differ. A time further in the future was written by a wrong clock."""


def now() -> datetime:
    """Return the current time in UTC."""
    return timezone.now().astimezone(UTC)


def today() -> date:
    """Return the current day in UTC."""
    return now().date()


def today_in(zone: str) -> date:
    """Return the current day in a time zone."""
    return today() if zone == "UTC" else Zone.named(zone).day_of(now())


def now_microseconds() -> int:
    """Return the current time in microseconds since 1970, UTC."""
    return time.time_ns() // 1000
