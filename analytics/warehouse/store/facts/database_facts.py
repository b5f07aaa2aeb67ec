"""The facts in the tables of the database: what PostgreSQL and SQLite have in common."""

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TypeAlias

from analytics import database
from analytics.datasets import Dataset
from analytics.models import BlogView
from analytics.warehouse.store.facts.fact_store import (
    DAY,
    ErasedViews,
    Moments,
    Portion,
    Recount,
    existing,
    existing_groups,
    midnight,
    with_existing,
)
from tally.facts import FactColumns, FactDetail, joined
from tally.span import Span, runs

FACTS_PER_PORTION = 500_000
"""The approximate number of facts read at once, by the planner's estimate or by what earlier times held: 36 bytes each
on the server and as many here."""
MAX_FACTS_PER_READ = 2 * FACTS_PER_PORTION
"""The most facts read at once, whatever the estimate: a table that was never analysed has no useful one."""
MIN_READ_SPAN = timedelta(seconds=1)

Read: TypeAlias = Callable[[Dataset, Moments, int | None], FactColumns | None]
"""A read of the facts of a time: None if there are too many, by a limit."""

RECOUNT = """(SELECT {of.group} AS key, {of.context} AS context, {hour} AS hour, {counted} AS counted, count(*) AS facts
              FROM {of.facts} WHERE timestamp >= %s AND timestamp < %s GROUP BY 1, 2, 3, 4) AS plain"""
SECONDS_A_DAY = 86_400
RECOUNTED_COLUMNS = ("key", "context", "hour", "counted", "facts")


class DatabaseFacts(ABC):
    """The facts of the database."""

    DAY_OF_FACT: str
    """SQL for the day of UTC of a fact."""

    def __init__(self) -> None:
        self._longest = defaultdict[str, timedelta](lambda: timedelta.max)
        """The longest time that is read at once from each table: half of one that held too many facts. It becomes
        longer again where there are few."""

    @abstractmethod
    def _read(self, dataset: Dataset, moments: Moments, limit: int | None, *, detail: FactDetail) -> FactColumns | None:
        """Return the facts of a time, or None if there are too many. Contexts that do not matter are 0, and times may
        be any of the same unit."""

    @abstractmethod
    def _is_estimated_too_large(self, dataset: Dataset, moments: Moments) -> bool:
        """Return whether a time holds too many facts to try to read them at once."""

    @abstractmethod
    def delete_and_read(self, dataset: Dataset, days: Sequence[date], detail: FactDetail) -> Iterator[Portion]: ...

    @abstractmethod
    def index_new_facts(self, dataset: Dataset) -> None:
        """Bring the index on time up to date."""

    def read(self, dataset: Dataset, moments: Moments, detail: FactDetail) -> FactColumns:
        groups = existing_groups(dataset)
        read = partial(self._read, detail=detail)
        return joined([with_existing(columns, groups) for _, columns in self._reads(dataset, moments, read)])

    def portions(self, dataset: Dataset, days: Sequence[date], detail: FactDetail) -> Iterator[Portion]:
        """Yield portions of about FACTS_PER_PORTION facts."""
        return self._portions(dataset, days, partial(self._read, detail=detail))

    def _portions(self, dataset: Dataset, days: Sequence[date], read: Read) -> Iterator[Portion]:
        groups = existing_groups(dataset)
        for span in runs(list(days)):
            waiting, since, size = [], span.start, 0
            for (_, end), columns in self._reads(dataset, (midnight(span.start), midnight(span.end)), read):
                waiting.append(with_existing(columns, groups))
                size += columns.size
                done = end.date()
                if done == span.end or (size >= FACTS_PER_PORTION and end == midnight(done)):
                    yield list(Span(since, done)), joined(waiting)
                    waiting, since, size = [], done, 0

    def _reads(self, dataset: Dataset, moments: Moments, read: Read) -> Iterator[tuple[Moments, FactColumns]]:
        """Yield the facts of a time in order, in reads that are small enough: a time with too many facts is halved."""
        columns = self._read_at_once(dataset, moments, read)
        if columns is not None:
            yield moments, columns
        else:
            start, end = moments
            middle = _middle(start, end)
            yield from self._reads(dataset, (start, middle), read)
            yield from self._reads(dataset, (middle, end), read)

    def _read_at_once(self, dataset: Dataset, moments: Moments, read: Read) -> FactColumns | None:
        """Return the facts of a time, or None if there are too many."""
        database.prefer_index_scans()
        length = moments[1] - moments[0]
        limit = MAX_FACTS_PER_READ if length > MIN_READ_SPAN else None  # one moment cannot be cut by time
        if limit and (length > self._longest[dataset.facts] or self._is_estimated_too_large(dataset, moments)):
            return None
        columns = read(dataset, moments, limit)
        if columns is None:
            self._longest[dataset.facts] = length / 2
        elif columns.size <= MAX_FACTS_PER_READ // 3:
            self._longest[dataset.facts] = max(self._longest[dataset.facts], 2 * length)
        return columns

    def recounted(self, dataset: Dataset, moments: Moments, offset: timedelta, *, visitors: bool) -> Recount:
        counted = dataset.visitor if visitors else dataset.member
        ahead = SECONDS_A_DAY + round(offset.total_seconds())  # a day more, so that it is not negative
        seconds = f"({database.epoch_seconds('timestamp')} + {ahead})"
        hour = f"{seconds} / 3600 - {seconds} / {SECONDS_A_DAY} * 24"  # a percent sign would be a parameter
        source = RECOUNT.format(of=dataset, hour=hour, counted=counted)
        database.prefer_index_scans()
        columns = database.columns(RECOUNTED_COLUMNS, source, list(map(database.time_bound, moments)))
        found = Recount(existing(columns[0], existing_groups(dataset)), *columns[1:])
        return Recount(*(column[found.members != 0] for column in found)) if visitors else found

    def count(self, dataset: Dataset, span: Span) -> int:
        bounds = [database.midnight(day) for day in (span.start, span.end)]
        found: int = database.value(
            f"SELECT count(*) FROM {dataset.facts} WHERE timestamp >= %s AND timestamp < %s", bounds
        )
        return found

    def span(self, dataset: Dataset) -> Span | None:
        first, last = database.rows(f"SELECT min(timestamp), max(timestamp) FROM {dataset.facts}")[0]
        if first is None:
            return None
        moments = map(database.as_time, (first, last))
        return Span.closed(*(moment.astimezone(UTC).date() for moment in moments if moment))

    def days(self, dataset: Dataset) -> list[date]:
        found = database.rows(f"SELECT DISTINCT {self.DAY_OF_FACT} AS day FROM {dataset.facts} ORDER BY 1")
        return [database.as_date(each) for (each,) in found]

    def any_facts(self, dataset: Dataset) -> bool:
        return bool(database.rows(f"SELECT 1 FROM {dataset.facts} LIMIT 1"))

    def days_of(self, erased: ErasedViews) -> list[date]:
        """Return none: triggers mark the days."""
        return []

    def erase(self, erased: ErasedViews) -> int:
        views = BlogView.objects.all()
        if erased.viewers:
            views = views.filter(viewer__in=erased.viewers)
        elif erased.address:
            views = views.filter(ip_address=erased.address)
        else:
            views = views.filter(visitor=erased.visitor)
        return views.delete()[0]


def _middle(start: datetime, end: datetime) -> datetime:
    """Return the middle, at midnight if there is a midnight in between."""
    half = (end - start) / 2
    return midnight((start + half).date()) if end - start > 2 * DAY else nearest_midnight(start, end) or start + half


def nearest_midnight(start: datetime, end: datetime) -> datetime | None:
    """Return the first midnight between two times."""
    first = midnight(start.date()) + DAY
    return first if start < first < end else None
