"""List sites, pages, visits and users, a slice at a time: `live.store.site_lists`, for the API."""

from analytics.database import ListSlice
from analytics.live.store.site_lists import PageWithHits, Scope, pages, sites, users, visit, visits

__all__ = ["Scope", "ListSlice", "PageWithHits", "pages", "sites", "users", "visit", "visits"]
