"""Count facts for roll-ups: from columns of facts to entries by day, group and member."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from math import gcd

import numpy as np

from analytics.datasets import COUNTRY, HOUR, KIND, Dataset
from analytics.warehouse.store import facts, purged_summaries
from analytics.warehouse.store.context_keys import ContextKeys
from analytics.warehouse.store.summaries import Contents
from tally.bucket_counts import BucketCounts, united
from tally.counts import Ints
from tally.facts import FactColumns, FactDetail, counted, joined, visited
from tally.roll_ups import RollUp, crossed
from tally.span import CALENDAR_START, enclosing_span, runs
from tally.zones import EPOCH, Zone
from tally.zones import HOUR as HOUR_MICROSECONDS

WITHOUT_CONTEXT = {COUNTRY, KIND, HOUR}
"""The dimensions that are known without the context of a fact."""


class FactCounter:
    """The counts of some facts by any roll-up. What several roll-ups share is computed once."""

    def __init__(self, dataset: Dataset, columns: FactColumns) -> None:
        self.dataset, self.columns = dataset, columns
        self._days: dict[str, Ints] = {}
        self._keys: dict[tuple[str, str], Ints] = {}

    @cached_property
    def _contexts(self) -> ContextKeys:
        return ContextKeys(self.columns.contexts)

    def counts(self, roll_up: RollUp, days: Sequence[date]) -> BucketCounts:
        """Return what a roll-up counts on some days of its zone, merged."""
        groups = crossed([self._key(name, roll_up.zone) for name in roll_up.dimensions], self.columns.times.size)
        own, columns = self._days_in(roll_up.zone), self.columns
        if (mask := self._mask(roll_up.zone, days)) is not None:
            own, groups, columns = own[mask], groups[mask], columns.where(mask)
        return BucketCounts(
            counted(own, groups, columns.members, columns.weights), visited(own, groups, columns.visitors)
        )

    def _mask(self, zone: str, days: Sequence[date]) -> np.ndarray | None:
        """Return which facts are of these days; None if all are."""
        own = self._days_in(zone)
        if not own.size:
            return None
        numbers = np.array(sorted((day - CALENDAR_START).days for day in days), np.int64)
        first, last = int(own.min()), int(own.max())
        if np.isin(np.arange(first, last + 1), numbers).all():
            return None
        return np.isin(own, numbers)

    def _days_in(self, zone: str) -> Ints:
        if zone not in self._days:
            self._days[zone] = Zone.named(zone).local_days(self.columns.times)
        return self._days[zone]

    def _key(self, dimension: str, zone: str) -> Ints:
        """Return the key of a dimension for each fact. That of an hour is the hour plus one, because 0 is unknown."""
        if dimension == self.dataset.main_dimension:
            return self.columns.keys
        place = (dimension, zone if dimension == HOUR else "")
        if place not in self._keys:
            self._keys[place] = (
                Zone.named(zone).local_hours(self.columns.times) + 1
                if dimension == HOUR
                else self._contexts.of(dimension, self.columns.contexts)
            )
        return self._keys[place]


def detail_for(roll_ups: Sequence[RollUp]) -> FactDetail:
    """Return what these roll-ups need to know of facts.

    >>> from tally.roll_ups import Declared
    >>> detail_for([RollUp(1, Declared(("country",)))])
    FactDetail(unit=86400000000, contexts=False)
    """
    names = {name for each in roll_ups for name in each.dimensions}
    hours = [HOUR_MICROSECONDS] if HOUR in names else []
    return FactDetail(gcd(*hours, *(Zone.named(each.zone).unit for each in roll_ups)), not names <= WITHOUT_CONTEXT)


def counted_portion(
    dataset: Dataset, days: Sequence[date], columns: FactColumns, roll_ups: Sequence[RollUp]
) -> Iterator[Contents]:
    """Yield what each roll-up holds of the days of its zone that overlap these days of UTC, whose facts are given: the
    counts of stored facts, plus those of purged ones. Days from before a roll-up is complete are left out.

    The contents are made one after the other, which bounds memory.
    """
    zones = [Zone.named(name) for name in sorted({each.zone for each in roll_ups})]
    around = _neighbours(dataset, days, zones, detail_for(roll_ups))
    counter = FactCounter(dataset, joined([columns, *around]))
    yield from _contents(counter, days, roll_ups)


def _contents(counter: FactCounter, portion: Sequence[date], roll_ups: Sequence[RollUp]) -> Iterator[Contents]:
    local = {name: Zone.named(name).local_days_of(portion) for name in {each.zone for each in roll_ups}}
    touched = [day for days in local.values() for day in days]
    purged = bool(touched) and purged_summaries.any_of(counter.dataset, enclosing_span(touched))
    for roll_up in roll_ups:
        days = [day for day in local[roll_up.zone] if day >= roll_up.complete_from]
        counts = counter.counts(roll_up, days)
        if purged:
            counts = united([purged_summaries.counted(counter.dataset, roll_up.number, days), counts])
        yield Contents(roll_up.number, days, counts)


def _neighbours(dataset: Dataset, days: Sequence[date], zones: Sequence[Zone], detail: FactDetail) -> list[FactColumns]:
    """Return the facts around these days of UTC that lie on the same days of a zone."""
    start, end = facts.midnight(days[0]), facts.midnight(days[-1] + timedelta(days=1))
    first, last = start, end
    for zone in zones:
        for span in runs(zone.local_days_of(days)):
            since, until = map(_moment, zone.utc_span(span))
            first, last = min(first, since), max(last, until)
    around = [(first, start), (end, last)]
    return [facts.read(dataset, moments, detail) for moments in around if moments[0] < moments[1]]


def _moment(microseconds: int) -> datetime:
    return EPOCH + timedelta(microseconds=microseconds)
