"""Threads that ask the same new question at once share one computation, and none gets an older answer than its own."""

import threading

import pytest
from django.core.cache import cache as django_cache
from django.db import DatabaseError, connection, transaction

from analytics.models import BlogView, Country
from analytics.tests.processes import sample_views
from analytics.tests.processes.other_process import TIMEOUT_SECONDS, Task
from analytics.warehouse.flow import ask as ask_flow
from analytics.warehouse.flow.ask import ask
from tally.query import By, Query

THREADS = 8
QUESTION = Query(By.COUNTRY)


@pytest.fixture
def computed(rolled_up, monkeypatch):
    """Count the computations, in a list; each waits until `computed.go_on` is set."""
    django_cache.clear()
    calls, real = Computations(), ask_flow.ask_uncached

    def counted(*arguments):
        calls.append(threading.get_ident())
        calls.begun.set()
        assert calls.go_on.wait(TIMEOUT_SECONDS)
        if calls.failing:
            calls.failing -= 1
            raise DatabaseError("away")
        return real(*arguments)

    monkeypatch.setattr(ask_flow, "ask_uncached", counted)
    return calls


class Computations(list):
    def __init__(self) -> None:
        super().__init__()
        self.begun, self.go_on, self.failing = threading.Event(), threading.Event(), 0


def ask_at_once(number: int, computed: Computations) -> list[Task]:
    """Let threads ask the same at once, the first of them held until all have asked."""
    barrier = threading.Barrier(number)

    def once():
        connection.ensure_connection()
        barrier.wait(TIMEOUT_SECONDS)
        answer = ask(QUESTION)
        with connection.cursor() as cursor:  # the connection is fit for the next question
            cursor.execute("SELECT 1")
        return answer

    asking = [Task(once) for _ in range(number)]
    assert computed.begun.wait(TIMEOUT_SECONDS)
    return asking


def test_equal_new_questions_at_once_are_computed_once(computed):
    asking = ask_at_once(THREADS, computed)
    computed.go_on.set()
    answers = [task.outcome() for task in asking]
    assert len(computed) == 1
    assert answers == [answers[0]] * THREADS and answers[0].lines


def test_a_failure_of_one_is_not_that_of_the_others(computed):
    computed.failing = 1
    asking = ask_at_once(THREADS, computed)
    computed.go_on.set()
    outcomes = []
    for task in asking:
        try:
            outcomes.append(task.outcome())
        except DatabaseError:
            outcomes.append(None)
    assert outcomes.count(None) == 1 and len(computed) == 2
    assert len({repr(answer) for answer in outcomes if answer}) == 1


def test_after_a_roll_up_no_one_waits_for_an_answer_of_before(computed):
    (old,) = ask_at_once(1, computed)
    with transaction.atomic():
        BlogView.objects.filter(timestamp__date=sample_views.MIDDLE).delete()
    sample_views.run()
    new = Task(lambda: ask(QUESTION))
    computed.go_on.set()
    assert len({task.outcome().freshness.version for task in (old, new)}) == 1, "both read after the roll-up"
    assert ask(QUESTION).lines == new.outcome().lines
    assert sum(line.total for line in new.outcome().rows) > 0


def test_a_new_label_is_in_the_answer_of_who_asks_after_the_change(computed):
    held = Task(lambda: ask(QUESTION))
    assert computed.begun.wait(TIMEOUT_SECONDS)
    computed.begun.clear()
    Country.objects.filter(code="DE").update(code="XX", name="Elsewhere")
    after = Task(lambda: ask(QUESTION))
    assert computed.begun.wait(TIMEOUT_SECONDS), "it does not wait for the answer that was begun before"
    computed.go_on.set()
    held.outcome()
    assert {line.label for line in after.outcome().rows} & {"XX", "DE"} <= {"XX"}


def test_inside_a_transaction_no_one_waits_for_others(computed):
    held = Task(lambda: ask(QUESTION))
    assert computed.begun.wait(TIMEOUT_SECONDS)
    computed.go_on.set()

    def inside():
        with transaction.atomic():
            return ask(QUESTION)

    assert Task(inside).outcome().lines == held.outcome().lines
