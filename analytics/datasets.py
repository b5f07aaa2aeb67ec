"""The datasets that are counted by day: blog views and events. The stores treat them alike, under two sets of names."""

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple


class ContextDimension(IntEnum):
    """The dimensions that the context of a view holds. The numbers are stored."""

    SOURCE = 1
    MEDIUM = 2
    CAMPAIGN = 3
    REFERRER = 4
    DEVICE = 5
    BROWSER = 6
    OS = 7
    LANGUAGE = 8


COUNTRY, KIND, HOUR = "country", "kind", "hour"
UNKNOWN = "0"
"""SQL for the key of what is unknown."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """A table of facts, each about one `member` of one `group`, and the tables that follow from it.

    A view is of a blog in a country (0 if the country is unknown), an event is of a session and a kind. `group`,
    `member`, `context` and `visitor` are SQL over a row of `facts`. `purged` holds the counts of facts that were
    purged, `marks` and `stale` the stale days, and `id` is the row of `analytics_generation`.
    """

    name: str
    facts: str
    main_dimension: str
    """The dimension that `group` is of."""
    dimensions: tuple[str, ...]
    """Everything that summaries can be grouped by, in the order in which crossed roll-ups name it."""
    group: str
    groups: str | None
    """The table of groups, where facts may name one that no longer exists."""
    member: str
    context: str
    """0 where nothing is known, and UNKNOWN in datasets whose facts have none."""
    visitor: str
    """0 where the visitor is unknown, and UNKNOWN in datasets whose facts have none."""
    summaries: str
    purged: str
    marks: str
    stale: str
    id: int
    sketched: bool
    """Whether distinct members may be estimated from sketches, where the settings allow it."""

    @property
    def has_visitors(self) -> bool:
        """Whether facts have a context and a visitor."""
        return self.visitor != UNKNOWN


VIEWS = Dataset(
    name="views",
    facts="analytics_blogview",
    main_dimension=COUNTRY,
    dimensions=(COUNTRY, *(each.name.lower() for each in ContextDimension), HOUR),
    group="coalesce(country_id, 0)",
    groups="analytics_country",
    member="blog_id",
    context="coalesce(context_id, 0)",
    visitor="coalesce(visitor, 0)",
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
    main_dimension=KIND,
    dimensions=(KIND,),
    group="kind_id",
    groups=None,
    member="session_id",
    context=UNKNOWN,
    visitor=UNKNOWN,
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
