"""Telling visitors apart who do not say who they are: for a day, and not afterwards."""

from datetime import date

from analytics.live.store import visitor_salts
from analytics.sources.messages.page_visits import visitor_named, visitor_seen


def visitor(name: str, address: str, agent: str, today: date) -> int:
    """The visitor of this name; without one, whoever has this address and this user agent today."""
    return visitor_named(name) if name else visitor_seen(address, agent, visitor_salts.salt(today))
