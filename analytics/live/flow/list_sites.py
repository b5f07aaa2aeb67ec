"""Sites, pages, visits and users again, some at a time."""

from analytics.live.store.site_lists import Scope, Some, pages, sites, users, visit, visits

__all__ = ["Scope", "Some", "pages", "sites", "users", "visit", "visits"]
