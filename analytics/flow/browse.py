"""Sites, pages, visits and users again, some at a time."""

from analytics.store.visited import Scope, Some, pages, sites, users, visit, visits

__all__ = ["Scope", "Some", "pages", "sites", "users", "visit", "visits"]
