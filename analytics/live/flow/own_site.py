"""Give a site an owner, by whom its pages become blogs."""

from datetime import datetime

from analytics.live.store import pages, site_owners


def any_page() -> bool:
    """Return whether any page of any site has been visited."""
    return pages.any_page()


def own_site(host: str, owner: int, now: datetime) -> None:
    """Give a site an owner, unless it has one, and create it if it is new."""
    pages.get_or_create_sites([host], now)
    site_owners.set_owner(host, owner)
