"""Sites, pages, visits and users again, some at a time."""

from analytics.live.store.site_lists import ListSlice, Scope, pages, sites, users, visit, visits

__all__ = ["Scope", "ListSlice", "pages", "sites", "users", "visit", "visits"]
