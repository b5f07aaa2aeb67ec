"""Every table, by noun. Published clients import `Country`, `Blog`, `BlogView`, `DailyAnalyticsSummary` from here."""

from analytics.models.api_key import ApiKey, Application, Domain
from analytics.models.blog import Blog
from analytics.models.bot_hits import BotHits
from analytics.models.cluster import HiddenLoad, UnfinishedWrite
from analytics.models.context import Context, DimensionValue, NewContextCount
from analytics.models.country import Country
from analytics.models.event import ErrorRecord, Event, EventSchema, Kind, KindCount, Session, SessionCount
from analytics.models.generation import Generation
from analytics.models.import_checkpoint import ImportCheckpoint
from analytics.models.inbox import DeadLetter, StoredDelivery, Tombstone
from analytics.models.installation import Installation
from analytics.models.note import Note
from analytics.models.roll_up import RegisteredRollUp
from analytics.models.site import Page, PageHits, Site, Upstream
from analytics.models.site_access import SharedView, SiteAccess
from analytics.models.snapshot import HourlyBaseline, Snapshot, SnapshotTick
from analytics.models.summary import DailyAnalyticsSummary, EventSummary, PurgedEventSummary, PurgedSummary, Summary
from analytics.models.view import BlogView
from analytics.models.visit import Heartbeat, Visit, VisitorSalt

__all__ = [
    "Application",
    "PurgedSummary",
    "Blog",
    "BlogView",
    "BotHits",
    "Context",
    "Country",
    "DailyAnalyticsSummary",
    "StoredDelivery",
    "HiddenLoad",
    "UnfinishedWrite",
    "DimensionValue",
    "Domain",
    "ErrorRecord",
    "Event",
    "PurgedEventSummary",
    "EventSummary",
    "ImportCheckpoint",
    "Installation",
    "ApiKey",
    "Kind",
    "KindCount",
    "Generation",
    "NewContextCount",
    "Note",
    "Page",
    "PageHits",
    "DeadLetter",
    "HourlyBaseline",
    "SnapshotTick",
    "EventSchema",
    "VisitorSalt",
    "RegisteredRollUp",
    "Session",
    "SessionCount",
    "Heartbeat",
    "SharedView",
    "Site",
    "SiteAccess",
    "Snapshot",
    "Summary",
    "Tombstone",
    "Upstream",
    "Visit",
]
