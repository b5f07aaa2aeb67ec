"""Distinguish visitors who send no name: within a day, and not across days."""

from datetime import date

from analytics.live.store import visitor_salts
from analytics.sources.messages.page_visits import visitor_at, visitor_named


def visitor(name: str, address: str, agent: str, today: date) -> int:
    """Return the number of the visitor with this name; without a name, of this address and user agent on this day."""
    return visitor_named(name) if name else visitor_at(address, agent, visitor_salts.get_or_create_salt(today))
