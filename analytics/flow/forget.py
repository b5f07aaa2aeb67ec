"""A country that is deleted."""

from analytics.models.subject import VIEWS
from analytics.store import bases, marks
from analytics.store.locks import roll_up_lock


def forget_country(country: int) -> None:
    """Its views become views of unknown country: Django sees to the facts, this to what purged facts said. The days
    that this changes are stale. Locked while a roll-up is at work."""
    with roll_up_lock():
        marks.add(VIEWS, bases.forget_country(country))
