"""Move views from the database to the cluster of facts."""

from collections.abc import Iterator
from datetime import date

from analytics import database
from analytics.warehouse.store import facts
from analytics.warehouse.store.facts import hidden_loads, moved_views
from analytics.warehouse.store.locks import AlreadyRunning, roll_up_lock

VIEWS_PER_STEP = 100_000


def move(before: date) -> Iterator[int]:
    """Move the views from before a day, and yield their number step by step.

    Each step writes views to the cluster under a load that is hidden, and shows it in the transaction that deletes the
    views from the database. So they count once at any moment, and after an interruption the next call goes on.
    """
    with roll_up_lock():
        facts.delete_hidden()  # what an interrupted call has left
    while moved := _step(before):
        yield moved


def _step(before: date) -> int:
    load = hidden_loads.new_load()
    with database.committing():
        hidden_loads.hide(load)
    with roll_up_lock():
        views = moved_views.take(before, VIEWS_PER_STEP)
        if views:
            facts.add_to_cluster(views, load)
        hidden_loads.show(load)
        return len(views.keys) if views else 0


__all__ = ["AlreadyRunning", "move"]
