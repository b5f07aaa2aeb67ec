"""The datasets that are counted by day: blog views and events. The stores treat them alike, under two sets of names."""

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Dataset:
    """A table of facts, each about one `member` of one `group`, and the tables that follow from it.

    A view is of a blog in a country (0 where that is unknown), an event is of a session and a kind. `group` and
    `member` are SQL over a row of `facts`. The columns of `summaries` and `bases` are called after views for both: of
    events, `country_key` is the kind, the ids are those of sessions, and a view is an event.
    """

    name: str
    facts: str
    group: str
    member: str
    summaries: str
    bases: str
    marks: str
    ledger: int
    sketched: bool
    """Whether distinct members may be estimated from sketches, where the settings allow it."""


VIEWS = Dataset(
    name="views",
    facts="analytics_blogview",
    group="coalesce(country_id, 0)",
    member="blog_id",
    summaries="analytics_summary",
    bases="analytics_base",
    marks="analytics_stale_mark",
    ledger=1,
    sketched=True,
)
EVENTS = Dataset(
    name="events",
    facts="analytics_event",
    group="kind_id",
    member="session_id",
    summaries="analytics_eventsummary",
    bases="analytics_eventbase",
    marks="analytics_event_mark",
    ledger=2,
    sketched=False,
)
DATASETS = (VIEWS, EVENTS)


class Identity(NamedTuple):
    """The identity of a summary row as it was written: no later row has the same one."""

    grain: int
    start: str
    country: int
    generation: int
