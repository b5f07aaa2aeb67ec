"""A remembered answer is given for the version of the summaries that it was made from, and for no other."""

import pytest
from django.core.cache import cache

from analytics.models import BlogView
from analytics.tests.warehouse_factory import at
from analytics.warehouse.flow import ask as ask_flow
from analytics.warehouse.flow import roll_up
from analytics.warehouse.store import answer_cache
from tally.query import By, Query

TOP = Query(By.AUTHOR)


@pytest.fixture
def found(monkeypatch):
    """Record the questions that are looked for in the cache that processes share."""
    looked, find = [], answer_cache.find
    monkeypatch.setattr(answer_cache, "find", lambda *named: looked.append(named) or find(*named))
    return looked


def names():
    return [(row.label, row.total) for row in ask_flow.ask(TOP).rows]


def test_a_repeated_question_needs_no_shared_cache(warehouse, found):
    before = names()
    cache.clear()
    assert (names(), len(found)) == (before, 1)


def test_what_another_process_has_kept_is_remembered(warehouse, found):
    before = names()
    ask_flow.forget_answers()
    assert [names(), names()] == [before, before]
    assert len(found) == 2


def test_a_roll_up_ends_what_is_remembered(warehouse):
    assert names() == [("ann", 7), ("bob", 2)]
    BlogView.objects.create(blog=warehouse["three"], country=None, timestamp=at("2024-03-10"))
    assert names() == [("ann", 7), ("bob", 2)]
    list(roll_up.roll_up(roll_up.pending_days(), at("2024-03-11")))
    assert names() == [("ann", 7), ("bob", 3)]


def test_a_changed_label_ends_what_is_remembered(warehouse):
    assert names()[1] == ("bob", 2)
    warehouse["bob"].username = "zoe"
    warehouse["bob"].save()
    assert names()[1] == ("zoe", 2)


def test_a_day_that_changes_is_pending_in_a_remembered_answer(warehouse):
    assert ask_flow.ask(TOP).freshness.pending == 0
    BlogView.objects.create(blog=warehouse["three"], country=None, timestamp=at("2024-03-10"))
    assert ask_flow.ask(TOP).freshness.pending == 1
