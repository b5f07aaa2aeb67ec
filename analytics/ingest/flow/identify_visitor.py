"""Distinguish visitors who send no name: within a day, and not across days."""

from datetime import date

from analytics.live.store import visitor_salts
from analytics.sources.messages.page_visits import visitor_from_address, visitor_from_name


def visitor_number(name: str, address: str, agent: str, today: date) -> int:
    """Return the number of the visitor with this name; without a name, of this address and user agent on this day."""
    return (
        visitor_from_name(name)
        if name
        else visitor_from_address(address, agent, visitor_salts.get_or_create_salt(today))
    )
