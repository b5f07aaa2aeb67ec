"""A country that is deleted."""

from analytics.datasets import VIEWS
from analytics.warehouse.store import purged_summaries, stale_days
from analytics.warehouse.store.locks import roll_up_lock


def forget_country(country: int) -> None:
    """Its views become views of unknown country: Django sees to the facts, this to what purged facts said. The days
    that this changes are stale. Locked while a roll-up is at work."""
    with roll_up_lock():
        stale_days.add(VIEWS, purged_summaries.forget_country(country))
