"""A question during a run is answered from before the run or from after it, never from a mixture."""

import threading
from collections.abc import Callable

import pytest

from analytics import database
from analytics.datasets import VIEWS
from analytics.tests.processes import sample_views
from analytics.tests.processes.mid_run import MOMENTS, during_run
from analytics.tests.processes.other_process import Task, in_thread
from analytics.warehouse.flow import roll_up
from analytics.warehouse.flow.ask import Lines, ask_uncached
from analytics.warehouse.store import generations
from tally.query import By, Query
from tally.span import EVER, Span

CHANGING = [day for day in sample_views.DAYS[::3] if day.year == 2024]


@pytest.mark.parametrize("moment", MOMENTS)
def test_until_a_run_is_committed_every_answer_is_the_old_one(rolled_up, monkeypatch, moment):
    old, version = sample_views.answers(), in_thread(_version)
    for day in sample_views.DAYS[::3]:
        sample_views.view(day, times=2)
    seen = during_run(monkeypatch, moment, lambda: (in_thread(sample_views.answers), in_thread(_version)))
    sample_views.run()
    assert seen == [(old, version)]
    assert sample_views.total() == 400 + 2 * len(sample_views.DAYS[::3])
    assert in_thread(sample_views.answers) == sample_views.answers() != old
    assert in_thread(_version) != version


def _version() -> str:
    return generations.freshness(VIEWS, EVER).version


@pytest.mark.parametrize("question", sample_views.QUESTIONS, ids=repr)
def test_an_answer_that_is_begun_before_a_run_is_committed_ends_as_the_old_one(rolled_up, monkeypatch, question):
    """The whole run happens between the first read for an answer and the others."""
    old = ask_uncached(question)
    for day in sample_views.DAYS:
        sample_views.view(day)
    _in_the_middle_of_reading(monkeypatch, lambda: in_thread(sample_views.run))
    assert ask_uncached(question).lines == old.lines
    assert ask_uncached(question).lines != old.lines


def test_the_freshness_of_an_answer_belongs_to_its_data(rolled_up, monkeypatch):
    old = ask_uncached(sample_views.QUESTIONS[0])
    sample_views.view(sample_views.MIDDLE)
    _in_the_middle_of_reading(monkeypatch, lambda: in_thread(sample_views.run))
    during, after = ask_uncached(sample_views.QUESTIONS[0]), ask_uncached(sample_views.QUESTIONS[0])
    assert (during.freshness.version, during.freshness.pending) == (old.freshness.version, 1)
    assert (after.freshness.version == old.freshness.version, after.freshness.pending) == (False, 0)


def _in_the_middle_of_reading(monkeypatch, act: Callable[[], object]) -> None:
    """Call `act` during the next question, once the freshness has been read."""
    left, read = [act], generations.freshness

    def reading(*arguments):
        found = read(*arguments)
        if left:
            left.pop()()
        return found

    monkeypatch.setattr("analytics.warehouse.store.generations.freshness", reading)


def test_continuous_questions_see_one_of_two_states_while_runs_alternate_between_them(rolled_up):
    states = [sample_views.answers()]
    change(1)
    sample_views.run()
    states.append(sample_views.answers())
    ended, seen = threading.Event(), {question: [] for question in sample_views.QUESTIONS}

    def ask() -> None:
        while not ended.is_set():
            for question in sample_views.QUESTIONS:
                seen[question].append(ask_uncached(question).lines)

    asking = Task(ask)
    for times in (0, 1) * 8:
        change(times)
        sample_views.run()
    ended.set()
    asking.outcome()
    for number, question in enumerate(sample_views.QUESTIONS):
        assert_one_of(seen[question], [state[number] for state in states], question)


def test_of_a_run_over_several_years_each_is_old_or_new_as_a_whole(rolled_up):
    """Each year is a transaction, the newest first, so that a run over many years can stop and continue."""
    years = [Query(By.COUNTRY, Span.year(year)) for year in (2024, 2023)]
    states = [[ask_uncached(year).lines for year in years]]
    for day in sample_views.DAYS:
        sample_views.view(day)
    committed = roll_up.roll_up(sample_views.DAYS, sample_views.NOW)
    states += [[ask_uncached(year).lines for year in years] for _ in committed]
    assert len(states) == 3
    assert states[1] == [states[2][0], states[0][1]]
    assert all(old != new for old, new in zip(states[0], states[2], strict=True))


def change(times: int) -> None:
    """Add views on some days of one year, or delete them again. One transaction rolls them up."""
    if times:
        for day in CHANGING:
            sample_views.view(day)
    else:
        ids = "SELECT id FROM analytics_blogview ORDER BY id DESC LIMIT %s"
        database.execute(f"DELETE FROM analytics_blogview WHERE id IN ({ids})", [len(CHANGING)])


def assert_one_of(seen: list[Lines], possible: list[Lines], question: Query) -> None:
    assert seen
    assert [lines for lines in seen if lines not in possible] == [], question
