"""Forget a country that is deleted."""

from analytics.datasets import COUNTRY, VIEWS
from analytics.warehouse.store import facts, purged_summaries, stale_days
from analytics.warehouse.store.locks import roll_up_lock


def forget_country(country: int) -> None:
    """Count the purged views of a country as views of unknown country, and mark the days that change. Django does the
    same for views in the database; on a cluster, a country that does not exist counts as unknown. Raise AlreadyRunning
    while a roll-up runs."""
    with roll_up_lock():
        stale_days.add(VIEWS, purged_summaries.forget_key(VIEWS, COUNTRY, country))
        stale_days.add(VIEWS, facts.days_on_cluster_of(country))
