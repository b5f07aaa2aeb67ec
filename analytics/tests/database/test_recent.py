"""A process remembers what it read from the database for a second, or while the database does not answer."""

import pytest
from django.db import OperationalError

from analytics import database
from analytics.database import recent


class Stored:
    """A value as it is stored, and how often it was read."""

    def __init__(self) -> None:
        self.value, self.reads, self.away = "first", 0, False

    def read(self) -> str:
        self.reads += 1
        if self.away:
            raise OperationalError("the server closed the connection")
        return self.value


@pytest.fixture
def moments(monkeypatch):
    """Provide the times of the clock; the last one is now."""
    times = [100.0]
    monkeypatch.setattr(recent.time, "monotonic", lambda: times[-1])
    return times


def test_a_value_is_read_once_a_second(moments):
    stored = Stored()
    value = database.Recent(stored.read)
    assert [value.get(), value.get(), stored.reads] == ["first", "first", 1]
    stored.value = "second"
    moments.append(100.0 + database.RECENT_SECONDS)
    assert [value.get(), stored.reads] == ["second", 2]


def test_a_value_stays_in_use_while_the_database_does_not_answer(moments):
    stored = Stored()
    value = database.Recent(stored.read)
    value.get()
    stored.away = True
    moments.append(500.0)
    assert value.get() == "first"
    stored.value, stored.away = "second", False
    assert value.get() == "second"


def test_without_a_remembered_value_the_error_of_the_database_is_raised():
    stored = Stored()
    stored.away = True
    with pytest.raises(OperationalError):
        database.Recent(stored.read).get()


def test_a_forgotten_value_is_read_again():
    stored = Stored()
    value = database.Recent(stored.read)
    value.get()
    value.forget()
    assert [value.get(), stored.reads] == ["first", 2]
