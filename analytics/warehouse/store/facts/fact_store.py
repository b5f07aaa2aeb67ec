"""What every store of facts offers to roll-up, verification, purge and erasure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np

from analytics import database
from analytics.datasets import Dataset
from tally.columns import UNKNOWN_GROUP
from tally.counts import Ints
from tally.facts import FactColumns, FactDetail
from tally.span import Span

DAY = timedelta(days=1)

Moments: TypeAlias = tuple[datetime, datetime]
Portion: TypeAlias = tuple[list[date], FactColumns]


class Recount(NamedTuple):
    """Facts counted in plain SQL: by key, context, hour and member the number of facts, and by key, context and hour
    the visitors. Hours are those of the zone."""

    keys: Ints
    contexts: Ints
    hours: Ints
    members: Ints
    weights: Ints


NO_FACTS = Recount(*[np.zeros(0, np.int64)] * len(Recount._fields))


class FactStore(Protocol):
    """A place where facts are stored. What several of them hold adds up."""

    def read(self, dataset: Dataset, moments: Moments, detail: FactDetail) -> FactColumns:
        """Return the facts of a time."""

    def portions(self, dataset: Dataset, days: Sequence[date], detail: FactDetail) -> Iterator[Portion]:
        """Yield the facts of these days of UTC: a portion of whole days at a time, in order. Each day is in one
        portion, also if it has no facts."""

    def delete_and_read(self, dataset: Dataset, days: Sequence[date], detail: FactDetail) -> Iterator[Portion]:
        """Yield the same as `portions`, and delete exactly the facts that are yielded, whatever is written meanwhile,
        once the transaction commits."""

    def recounted(self, dataset: Dataset, moments: Moments, offset: timedelta, *, visitors: bool) -> Recount:
        """Return the facts of a time in which the zone has one offset from UTC, counted in plain SQL. With `visitors`,
        the members are the visitors, without the unknown one."""

    def count(self, dataset: Dataset, span: Span) -> int:
        """Return the number of facts in a span."""

    def span(self, dataset: Dataset) -> Span | None:
        """Return the days from the first fact to the last, or None if there are none."""

    def days(self, dataset: Dataset) -> list[date]:
        """Return the days of UTC that have facts, in order, by reading all facts."""

    def any_facts(self, dataset: Dataset) -> bool:
        """Return whether there are facts."""

    def days_of(self, erased: "ErasedViews") -> list[date]:
        """Return the days whose change by `erase` nothing else would notice."""

    def erase(self, erased: "ErasedViews") -> int:
        """Delete the views of a person and return their number."""


class ErasedViews(NamedTuple):
    """The views of a person, by one of these: the ids of users who viewed, an address, or what is stored of a
    visitor."""

    viewers: tuple[int, ...] = ()
    address: str = ""
    visitor: int = 0


@dataclass(frozen=True, slots=True)
class NewViews:
    """Views to write to the cluster, as columns of equal length like those of `bulk_blog_views`. Keys have 16 bytes.
    Views of one blog and day with one key are one view, however often they are written."""

    blogs: Ints
    countries: Ints
    viewers: Ints
    times: Ints
    addresses: Sequence[bytes]
    contexts: Ints
    visitors: Ints
    keys: Sequence[bytes]


def midnight(day: date) -> datetime:
    """Return the first moment of a day of UTC."""
    return datetime.combine(day, time(), UTC)


def existing_groups(dataset: Dataset) -> Ints | None:
    """Return the ids of existing groups, or None if the database refuses facts of groups that do not exist."""
    return database.columns(("id",), dataset.groups)[0] if dataset.groups else None


def with_existing(columns: FactColumns, groups: Ints | None) -> FactColumns:
    """Return the facts with UNKNOWN_GROUP in place of a group that was deleted while a fact of it was being written."""
    return columns._replace(keys=existing(columns.keys, groups))


def existing(group: Ints, groups: Ints | None) -> Ints:
    return group if groups is None else np.where(np.isin(group, groups), group, UNKNOWN_GROUP)
