"""Distinguish visitors who send no name: within a day, and not across days, except while they stay over midnight."""

from contextlib import suppress
from datetime import datetime, time, timedelta

from django.db import DatabaseError, InterfaceError

from analytics import conf
from analytics.live.store import visitor_salts
from analytics.sources.messages.page_visits import visitor_from_address, visitor_from_name

ONE_DAY = timedelta(days=1)


def viewer_number(address: str, agent: str, now: datetime) -> int:
    """Return the number of the visitor of a view that names none; 0 where the address is not known, while the salt
    cannot be read, and where the settings want no visitors."""
    if address and conf.visitors():
        with suppress(DatabaseError, InterfaceError):
            return visitor_numbers("", address, agent, now)[0]
    return 0


def visitor_numbers(name: str, address: str, agent: str, now: datetime) -> tuple[int, int]:
    """Return the number of the visitor with this name; without a name, of this address and user agent on this day.

    The second number is the one that the visitor had the day before, while heartbeats of that day may still count as
    active, else 0: a visitor who stays over midnight is one visitor.
    """
    if name:
        return visitor_from_name(name), 0
    today = now.date()
    number = visitor_from_address(address, agent, visitor_salts.get_or_create_salt(today))
    if now - datetime.combine(today, time(), now.tzinfo) <= 2 * timedelta(seconds=conf.active_seconds()):
        salt = visitor_salts.find_salt(today - ONE_DAY)
        return number, visitor_from_address(address, agent, salt) if salt else 0
    if now - visitor_salts.GRACE >= datetime.combine(today, time(), now.tzinfo):
        visitor_salts.delete_before(today)  # the worker does the same; this is for servers without one
    return number, 0
