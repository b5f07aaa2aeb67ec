"""Forget a blog that is deleted."""

from contextlib import suppress

from django.db import DatabaseError

from analytics import database
from analytics.datasets import VIEWS
from analytics.http.try_again_later import TryAgainLater
from analytics.warehouse.store import facts, stale_days
from analytics.warehouse.store.locks import roll_up_lock


def forget_blog(blog: int) -> None:
    """Hide the views of a blog on the cluster of facts in the transaction that deletes it, and mark their days. Django
    does the same for those in the database. Raise AlreadyRunning while a roll-up runs, and ClusterUnavailable if a
    replica is away."""
    if facts.has_cluster():
        with roll_up_lock():
            stale_days.add(VIEWS, facts.hide_blogs_on_cluster([blog]))
        database.after_commit(_delete_hidden)


def _delete_hidden() -> None:
    """Delete the views, or leave that to the next purge: the blog is deleted."""
    with suppress(TryAgainLater, DatabaseError), roll_up_lock():
        facts.delete_hidden()
