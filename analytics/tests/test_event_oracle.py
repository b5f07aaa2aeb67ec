"""Every answer about events equals that of a plain loop, and erased sessions leave no trace."""

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from uuid import UUID

from django.core.management import call_command
from django.test import override_settings
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from analytics.datasets import EVENTS
from analytics.models import Event, Kind, Session, SessionCount
from analytics.tests.event_oracle import EventOracle, OracleEvent
from analytics.tests.test_view_oracle import FIRST, NOW, TODAY, Today
from analytics.warehouse.flow import purge, roll_up
from analytics.warehouse.flow.verify import verify

CATEGORIES, NAMES = ["page", "cta", "media"], ["view", "click", "play"]
BORDERS = [date(2024, 12, 31), date(2025, 1, 1), date(2024, 2, 29), date(2024, 3, 1), TODAY]


class RandomHistory:
    """A random history of events, in the database and in the oracle."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.oracle = EventOracle()
        for category in CATEGORIES:
            for name in NAMES[: self.dice.randrange(1, 4)]:
                kind = Kind.objects.create(category=category, name=name)
                self.oracle.kinds[kind.id] = category, name
        for number in range(6):
            self.begin_session(f"session {number}")

    def begin_session(self, name: str | None = None) -> None:
        session = Session.objects.create(name=name or f"late {self.dice.random()}")
        self.oracle.sessions[session.id] = session.name

    def some_day(self) -> date:
        if self.dice.random() < 0.5:
            return self.dice.choice(BORDERS)
        return FIRST + timedelta(days=self.dice.randrange((TODAY - FIRST).days + 1))

    def some_time(self) -> datetime:
        day, last = self.some_day(), timedelta(days=1) - timedelta(microseconds=1)
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        return start + self.dice.choice([timedelta(0), last, timedelta(seconds=self.dice.randrange(86400))])

    def some_session(self) -> int:
        sessions = list(self.oracle.sessions)
        return sessions[min(int(self.dice.paretovariate(1)) - 1, len(sessions) - 1)]

    def some_kind(self) -> int:
        return self.dice.choice(list(self.oracle.kinds))

    def add(self) -> None:
        found = [
            OracleEvent(self.some_session(), self.some_kind(), self.some_time())
            for _ in range(self.dice.randrange(1, 50))
        ]
        Event.objects.bulk_create(
            Event(
                session_id=each.session,
                kind_id=each.kind,
                timestamp=each.when,
                content=UUID(int=self.dice.getrandbits(128)),
            )
            for each in found
        )
        self.oracle.kept += found

    def change(self, chosen: dict, new: dict) -> None:
        """Give the events that match `chosen` the values in `new`."""
        Event.objects.filter(**{f"{name}_id": value for name, value in chosen.items()}).update(
            **{name if name == "timestamp" else f"{name}_id": value for name, value in new.items()}
        )
        self.oracle.kept = [
            (
                OracleEvent(new.get("session", e.session), new.get("kind", e.kind), new.get("timestamp", e.when))
                if all(getattr(e, name) == value for name, value in chosen.items())
                else e
            )
            for e in self.oracle.kept
        ]

    def move(self) -> None:
        self.change({"session": self.some_session()}, {"timestamp": self.some_time()})

    def hand_over(self) -> None:
        self.change({"session": self.some_session(), "kind": self.some_kind()}, {"session": self.some_session()})

    def reclassify(self) -> None:
        self.change({"kind": self.some_kind(), "session": self.some_session()}, {"kind": self.some_kind()})

    def delete_day(self) -> None:
        day = self.some_day()
        Event.objects.filter(timestamp__date=day).delete()
        self.oracle.kept = [each for each in self.oracle.kept if each.day != day]

    def rename(self) -> None:
        kind, session = self.some_kind(), self.some_session()
        if (new := (self.dice.choice(CATEGORIES), f"new {kind}")) not in self.oracle.kinds.values():
            Kind.objects.filter(id=kind).update(category=new[0], name=new[1])
            self.oracle.kinds[kind] = new
        Session.objects.filter(id=session).update(name=f"renamed {session}")
        self.oracle.sessions[session] = f"renamed {session}"

    def erase(self) -> None:
        if len(self.oracle.sessions) > 2:
            session = self.some_session()
            call_command("erase", session=self.oracle.sessions[session], verbosity=0, stdout=StringIO())
            assert not Session.objects.filter(id=session).exists()
            self.oracle.forget(session)

    def purge(self) -> None:
        self.roll_up()
        before = self.some_day()
        list(purge.purge(purge.days_with_facts(before, EVENTS), EVENTS))
        self.oracle.purged += [each for each in self.oracle.kept if each.day < before]
        self.oracle.kept = [each for each in self.oracle.kept if each.day >= before]

    def rebuild(self) -> None:
        roll_up.make_stale(roll_up.all_days(dataset=EVENTS), EVENTS)

    CHANGES = [add] * 5 + [move, hand_over, reclassify, delete_day, rename, begin_session, erase, purge, rebuild]

    def live(self) -> None:
        for act in self.dice.choices(self.CHANGES, k=self.dice.randrange(1, 5)):
            act(self)

    def roll_up(self) -> None:
        list(roll_up.roll_up(roll_up.pending_days(dataset=EVENTS), NOW, EVENTS))

    def some_question(self) -> dict:
        group_by = self.dice.choice(["category", "name", "session", "period"])
        choices = {
            "year": lambda: self.dice.choice([2023, 2024, 2025]),
            "range": lambda: self.dice.choice(["day", "week", "month", "year"]),
            "start_date": lambda: self.dice.choice([date(2024, 1, 1), self.some_day()]).isoformat(),
            "category": lambda: self.dice.sample([*CATEGORIES, "Page", "none"], k=self.dice.randrange(1, 4)),
            "name": lambda: self.dice.sample([*NAMES, "none"], k=self.dice.randrange(1, 4)),
        }
        if group_by == "period":
            choices["compare"] = lambda: self.dice.choice(["day", "week", "month", "year"])
            choices["gaps"] = lambda: self.dice.choice(["omit", "fill"])
        else:
            choices["limit"] = lambda: self.dice.choice([1, 2, 1000])
        asked = {name: value() for name, value in choices.items() if self.dice.random() < 0.3}
        if self.dice.random() < 0.3:
            start = date.fromisoformat(asked.get("start_date", "2023-12-01"))
            asked["end_date"] = f"{start + timedelta(days=self.dice.choice([0, 6, 31, 200, 400]))}T23:30:00Z"
        return asked | {"group_by": group_by}


class EventOracleTest(TestCase):
    @given(st.integers(0, 2**32 - 1))
    @example(0)
    @settings(max_examples=15, deadline=None, derandomize=True, database=None)
    def test_every_answer_equals_a_plain_loop_over_the_events(self, seed: int) -> None:
        history = RandomHistory(seed)
        for _ in range(3):
            history.live()
            history.roll_up()
            for _ in range(10):
                self.compare(history, seed)
            self.check_counts(history)
        if seed % 5 == 0:
            assert [check for check in verify(roll_up.all_days(dataset=EVENTS), EVENTS) if not check.same] == []

    def compare(self, history: RandomHistory, seed: int) -> None:
        asked = history.some_question()
        with override_settings(IDEEZA_API_OPEN=True), Today(TODAY):
            response = self.client.post("/api/analytics/events/", asked, content_type="application/json")
        assert response.status_code == 200, (seed, asked, response.content)
        assert response["X-Pending-Days"] == "0"
        assert response["X-Distinct"] == "exact"
        assert response.json() == history.oracle.answer(asked, TODAY), (seed, asked)

    def check_counts(self, history: RandomHistory) -> None:
        """Check the number of events of each session, which triggers keep up to date."""
        counted = Counter(each.session for each in history.oracle.kept)
        assert Counter(dict(SessionCount.objects.values_list("session", "events"))) == counted
