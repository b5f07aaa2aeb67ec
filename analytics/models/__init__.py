"""Every table, by noun. Published clients import `Country`, `Blog`, `BlogView`, `DailyAnalyticsSummary` from here."""

from analytics.models.blog import Blog
from analytics.models.country import Country
from analytics.models.event import ErrorRecord, Event, Kind, KindCount, Rule, Session, SessionCount
from analytics.models.imported import Imported
from analytics.models.inbox import BotHits, Delivered, Poison
from analytics.models.key import Application, Domain, Key
from analytics.models.ledger import Ledger
from analytics.models.site import Page, PageHits, Site, Upstream
from analytics.models.snapshot import Profile, Round, Snapshot
from analytics.models.summary import Base, DailyAnalyticsSummary, EventBase, EventSummary, Summary
from analytics.models.view import BlogView
from analytics.models.visit import Salt, Sighting, Visit

__all__ = [
    "Application",
    "Base",
    "Blog",
    "BlogView",
    "BotHits",
    "Country",
    "DailyAnalyticsSummary",
    "Delivered",
    "Domain",
    "ErrorRecord",
    "Event",
    "EventBase",
    "EventSummary",
    "Imported",
    "Key",
    "Kind",
    "KindCount",
    "Ledger",
    "Page",
    "PageHits",
    "Poison",
    "Profile",
    "Round",
    "Rule",
    "Salt",
    "Session",
    "SessionCount",
    "Sighting",
    "Site",
    "Snapshot",
    "Summary",
    "Upstream",
    "Visit",
]
