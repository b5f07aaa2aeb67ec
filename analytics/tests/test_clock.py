"""The current day is another one in other time zones."""

from datetime import UTC, date, datetime

import pytest

from analytics import clock


@pytest.mark.parametrize(
    ("zone", "day"), [("UTC", 10), ("Europe/Berlin", 10), ("Asia/Kathmandu", 11), ("Pacific/Kiritimati", 11)]
)
def test_the_day_of_a_zone(monkeypatch, zone, day):
    monkeypatch.setattr(clock, "now", lambda: datetime(2024, 3, 10, 18, 15, tzinfo=UTC))
    assert clock.today_in(zone) == date(2024, 3, day)
