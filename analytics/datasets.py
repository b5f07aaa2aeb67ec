"""The datasets that are counted by day: blog views and events. The stores treat them alike, under two sets of names."""

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple


class RollUp(IntEnum):
    """What summaries are grouped by. The numbers are stored."""

    TOTAL = 0
    BY_GROUP = 1


@dataclass(frozen=True, slots=True)
class Dataset:
    """A table of facts, each about one `member` of one `group`, and the tables that follow from it.

    A view is of a blog in a country (0 if the country is unknown), an event is of a session and a kind. `group` and
    `member` are SQL over a row of `facts`. `purged` holds the counts of facts that were purged, `marks` and
    `stale` the stale days, and `id` is the row of `analytics_generation`.
    """

    name: str
    facts: str
    group: str
    groups: str | None
    """The table of groups, where facts may name one that no longer exists."""
    member: str
    summaries: str
    purged: str
    marks: str
    stale: str
    id: int
    sketched: bool
    """Whether distinct members may be estimated from sketches, where the settings allow it."""


VIEWS = Dataset(
    name="views",
    facts="analytics_blogview",
    group="coalesce(country_id, 0)",
    groups="analytics_country",
    member="blog_id",
    summaries="analytics_summary",
    purged="analytics_purgedsummary",
    marks="analytics_blogview_mark",
    stale="analytics_blogview_stale",
    id=1,
    sketched=True,
)
EVENTS = Dataset(
    name="events",
    facts="analytics_event",
    group="kind_id",
    groups=None,
    member="session_id",
    summaries="analytics_eventsummary",
    purged="analytics_purgedeventsummary",
    marks="analytics_event_mark",
    stale="analytics_event_stale",
    id=2,
    sketched=False,
)
DATASETS = (VIEWS, EVENTS)


class Identity(NamedTuple):
    """The identity of a summary row as it was written: no later row has the same one."""

    grain: int
    start: str
    group: int
    generation: int
