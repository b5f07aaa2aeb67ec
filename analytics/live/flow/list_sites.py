"""Sites, pages, visits and users again, some at a time."""

from analytics.database import ListSlice
from analytics.live.store.site_lists import PageWithHits, Scope, pages, sites, users, visit, visits

__all__ = ["Scope", "ListSlice", "PageWithHits", "pages", "sites", "users", "visit", "visits"]
