"""Read, count, delete and erase the raw facts, wherever they are stored. Roll-up, verification, purge and erasure read
them; questions never do."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
from django.contrib.auth import get_user_model

from analytics import conf, database
from analytics.datasets import VIEWS, Dataset
from analytics.models import Event
from analytics.warehouse.store.facts.database_facts import DatabaseFacts
from analytics.warehouse.store.facts.fact_store import (
    NO_FACTS,
    ErasedViews,
    FactStore,
    Moments,
    NewViews,
    Portion,
    Recount,
    midnight,
)
from analytics.warehouse.store.facts.postgres_facts import PostgresFacts
from analytics.warehouse.store.facts.sqlite_facts import SqliteFacts
from tally.counts import Ints
from tally.facts import FactColumns, FactDetail, joined
from tally.span import CALENDAR_START, Span

if TYPE_CHECKING:
    from analytics.warehouse.store.facts.cluster_facts import ClusterFacts


_postgres, _sqlite = PostgresFacts(), SqliteFacts()


def index_new_facts(dataset: Dataset) -> None:
    """Bring the index of the database's facts up to date. Call this after facts were written in bulk, and before many
    are read."""
    _database().index_new_facts(dataset)


def read(dataset: Dataset, moments: Moments, detail: FactDetail) -> FactColumns:
    """Return the facts of a time."""
    return joined([store.read(dataset, moments, detail) for store in _stores(dataset)])


def portions(dataset: Dataset, days: Sequence[date], detail: FactDetail) -> Iterator[Portion]:
    """Yield the facts of these days of UTC: a portion of whole days at a time, in order."""
    found = _database().portions(dataset, days, detail)
    cluster = _cluster(dataset)
    return found if cluster is None else _added(found, lambda own: cluster.portions(dataset, own, detail))


def delete_and_read(dataset: Dataset, days: Sequence[date], detail: FactDetail) -> Iterator[Portion]:
    """Yield facts like `portions`, and delete exactly those that are yielded, whatever is written meanwhile. Call this
    in a transaction: they count until it commits. A day may be in two portions. Facts on the cluster are then hidden;
    `delete_hidden` deletes them."""
    for store in _stores(dataset):
        yield from store.delete_and_read(dataset, days, detail)


def delete_hidden() -> None:
    """Delete the facts on the cluster that do not count any more. Call this inside `roll_up_lock`."""
    if _cluster(VIEWS):
        from analytics.warehouse.store.facts import cluster_facts  # needs an extra

        cluster_facts.delete_hidden()


def recounted(dataset: Dataset, moments: Moments, offset: timedelta, *, visitors: bool = False) -> Recount:
    """Return the facts of a time in which the zone has one offset from UTC, counted in plain SQL, for verification.
    With `visitors`, the members are the visitors, without the unknown one."""
    found = [store.recounted(dataset, moments, offset, visitors=visitors) for store in _stores(dataset)]
    return Recount(*map(np.concatenate, zip(*found, strict=True)))


def has_cluster() -> bool:
    """Return whether views are written to a cluster."""
    return conf.facts_cluster() is not None


def add_to_cluster(views: NewViews, load: int = 0) -> None:
    """Write views to the cluster. On return it holds them. Raise ClusterUnavailable if that is unknown: the same views
    may be written again. Raise StaleIds if one of the blogs is gone. Call this only if `has_cluster`, between
    `unfinished_writes.begin` and `end`.
    """
    from analytics.warehouse.store.facts import cluster_facts  # needs an extra

    cluster_facts.add(views, load)


def existing_in_cluster(blogs: Ints, times: Ints, keys: Sequence[bytes]) -> set[tuple[int, bytes]]:
    """Return the blogs and keys of those of these views that the cluster holds, on the days of these times."""
    from analytics.warehouse.store.facts import cluster_facts  # needs an extra

    return cluster_facts.existing_keys(blogs, times, keys)


def replicas_away() -> list[str]:
    """Return the servers of the cluster that do not answer or lack views, and what else is wrong with it."""
    if not has_cluster():
        return []
    from analytics.database import clickhouse  # needs an extra
    from analytics.warehouse.store.facts.cluster_tables import VIEWS_TABLE

    return clickhouse.replicas_away(VIEWS_TABLE)


def of_viewer(username: str) -> ErasedViews:
    """Return the views of a signed-in viewer, none if there is no such user."""
    users = get_user_model().objects.filter(username=username)
    return ErasedViews(viewers=tuple(users.values_list("pk", flat=True)))


def days_of(erased: ErasedViews) -> list[date]:
    """Return the days that an erasure changes and that the database does not mark by itself."""
    return sorted({day for store in _stores(VIEWS) for day in store.days_of(erased)}) if any(erased) else []


def erase(erased: ErasedViews) -> int:
    """Delete the views of a person and return their number."""
    return sum(store.erase(erased) for store in _stores(VIEWS)) if any(erased) else 0


def days_on_cluster_of(country: int) -> list[date]:
    """Return the days of the views from a country that are on the cluster."""
    cluster = _cluster(VIEWS)
    return cluster.days_of_country(country) if cluster else []


def hide_blogs_on_cluster(blogs: Collection[int]) -> list[date]:
    """Hide the views of blogs once the transaction commits, and return their days. Call this inside `roll_up_lock`;
    `delete_hidden` deletes the views."""
    from analytics.warehouse.store.facts import cluster_facts  # needs an extra

    return cluster_facts.hide_blogs(blogs)[1]


def merge_blogs_on_cluster(merged: Mapping[int, int], load: int) -> tuple[int, list[date]]:
    """Write the views of blogs once more, under a hidden load, as those of the blogs that they are merged into, and
    hide the former once the transaction commits. Return their number and their days. Call this inside `roll_up_lock`;
    `delete_hidden` deletes the former."""
    from analytics.warehouse.store.facts import cluster_facts  # needs an extra

    return cluster_facts.merge_blogs(merged, load)


def count_on_cluster_of(blogs: Collection[int]) -> int:
    """Return the number of views of blogs that are on the cluster."""
    from analytics.warehouse.store.facts import cluster_facts  # needs an extra

    return cluster_facts.count_of_blogs(blogs)


def erase_session(session: int) -> int:
    return Event.objects.filter(session=session).delete()[0]


def count(dataset: Dataset, span: Span) -> int:
    """Return the number of facts in a span."""
    return sum(store.count(dataset, span) for store in _stores(dataset))


def span(dataset: Dataset) -> Span | None:
    """Return the days from the first fact to the last, or None if there are none."""
    found = [own for store in _stores(dataset) if (own := store.span(dataset))]
    return Span(min(each.start for each in found), max(each.end for each in found)) if found else None


def days(dataset: Dataset) -> list[date]:
    """Return the days of UTC that have facts, in order, by reading all facts."""
    return sorted({day for store in _stores(dataset) for day in store.days(dataset)})


def any_facts(dataset: Dataset) -> bool:
    return any(store.any_facts(dataset) for store in _stores(dataset))


def _stores(dataset: Dataset) -> list[FactStore]:
    """Return the stores of a dataset's facts. The database may still hold some after a cluster was set up."""
    cluster = _cluster(dataset)
    return [_database()] if cluster is None else [_database(), cluster]


def _database() -> DatabaseFacts:
    return _postgres if database.on_postgres() else _sqlite


def _cluster(dataset: Dataset) -> "ClusterFacts | None":
    """Return the cluster if it holds facts of this dataset: only views move there."""
    if dataset is not VIEWS or conf.facts_cluster() is None:
        return None
    from analytics.warehouse.store.facts.cluster_facts import ClusterFacts  # needs an extra

    return ClusterFacts()


def _added(found: Iterator[Portion], more: Callable[[list[date]], Iterator[Portion]]) -> Iterator[Portion]:
    """Yield portions with the facts that another store has of the same days, in portions as small as either's."""
    for days, columns in found:
        for own, others in more(days):
            numbers = [(day - CALENDAR_START).days for day in own]
            yield own, joined([columns.where(np.isin(columns.utc_days, numbers)), others])


__all__ = [
    "NO_FACTS",
    "ErasedViews",
    "NewViews",
    "Portion",
    "Recount",
    "add_to_cluster",
    "any_facts",
    "count",
    "count_on_cluster_of",
    "days",
    "days_of",
    "days_on_cluster_of",
    "delete_and_read",
    "delete_hidden",
    "erase",
    "erase_session",
    "existing_in_cluster",
    "has_cluster",
    "hide_blogs_on_cluster",
    "index_new_facts",
    "merge_blogs_on_cluster",
    "midnight",
    "of_viewer",
    "portions",
    "read",
    "recounted",
    "replicas_away",
    "span",
]
