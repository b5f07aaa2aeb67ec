"""Roll up facts into summaries: the days whose facts have changed, and the weeks, months and years that contain them,
once these are over. Fill roll-ups that were declared after facts were rolled up."""

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from itertools import groupby
from typing import NamedTuple

from analytics import conf
from analytics.database import after_commit, has_one_writer, reading_ahead, snapshot, vacuum
from analytics.datasets import DATASETS, VIEWS, Dataset
from analytics.warehouse.flow import declare_roll_ups
from analytics.warehouse.flow.count_facts import counted_portion, detail_for
from analytics.warehouse.flow.fold_periods import PeriodFolder
from analytics.warehouse.store import facts, generations, purged_summaries, roll_ups, stale_days, summaries
from analytics.warehouse.store.facts import Portion
from analytics.warehouse.store.locks import AlreadyRunning, roll_up_lock
from analytics.warehouse.store.stale_days import TriggersMissing
from analytics.warehouse.store.summaries import Chunks, Contents
from tally.columns import group_keys
from tally.facts import FactColumns, FactDetail
from tally.roll_ups import NO_ROLL_UP, RollUp
from tally.span import CALENDAR_START, EVER, Grain, Span, buckets_of, enclosing_span, floor, runs
from tally.zones import Zone

MAX_FACTS_PER_COMMIT = 20_000_000
"""The number of facts after which a run commits: some ten seconds of work. Each commit folds the year above."""
MAX_FACTS_PER_SLICE = 200_000
"""The same where one writer keeps out all others, which then wait for less than a second."""
MAX_BUSY_SECONDS = 0.4
"""The time after which such a run pauses, once it has committed."""
PAUSE_SECONDS = 0.1
"""The length of that pause: SQLite lets those who wait try again as often."""
MIN_DAYS_READ_AHEAD = 8
"""The number of days from which a second connection, which reads ahead, is worth opening."""
MIN_VACUUM_ROWS = 1_000
"""The number of replaced summaries from which a vacuum is worth its time: a rebuild then uses the space of the
summaries that it has replaced, and the table does not double."""


@dataclass(frozen=True, slots=True)
class RollUpResult:
    """Changes of the day summaries by the main dimension in the first zone, one for each date and group, with the
    number of days of UTC and of facts that were read."""

    days: int = 0
    created: int = 0
    updated: int = 0
    removed: int = 0
    facts: int = 0

    def __add__(self, other: "RollUpResult") -> "RollUpResult":
        return RollUpResult(*(getattr(self, name) + getattr(other, name) for name in RollUpResult.__slots__))


def pending_days(span: Span = EVER, dataset: Dataset = VIEWS) -> list[date]:
    """Return the days that a roll-up of this span would recount."""
    return stale_days.stale_days(dataset, span)


def all_days(span: Span = EVER, dataset: Dataset = VIEWS) -> list[date]:
    """Return the days that a rebuild of this span recounts: every day between the first and the last with facts or a
    summary, and every purged day."""
    extents = [found for found in (facts.span(dataset), summaries.span(dataset)) if found]
    days = {day for found in extents for day in span.intersection(found)}
    purged = (day for day in purged_summaries.days(dataset) if day in span)
    return sorted(days.union(stale_days.stale_days(dataset, span), purged))


def make_stale(days: Sequence[date], dataset: Dataset = VIEWS) -> None:
    """Mark days, so that the next run continues a rebuild that is interrupted."""
    with roll_up_lock():
        stale_days.add(dataset, days)


def drop_days(days: Sequence[date], dataset: Dataset = VIEWS) -> None:
    """Delete the summaries of these days of the first zone and of the buckets that contain them, and mark the days, so
    that the next run makes them again. Raise AlreadyRunning while another run holds the lock."""
    first = Zone.named(conf.first_zone())
    utc = sorted({day for span in runs(days) for day in first.utc_days_of(span)})
    with roll_up_lock():
        stale_days.add(dataset, utc)
        for roll_up in roll_ups.registered(dataset):
            local = Zone.named(roll_up.zone).local_days_of(utc)
            buckets = [bucket for grain in Grain for bucket in buckets_of(local, grain)]
            summaries.delete(dataset, [(roll_up.number, bucket) for bucket in buckets])
        generations.invalidate_answers()


def require_triggers() -> None:
    """Raise TriggersMissing if changes of facts are not marked, because stale days are then unknown."""
    stale_days.require_triggers()


def roll_up(days: Sequence[date], now: datetime, dataset: Dataset = VIEWS) -> Iterator[RollUpResult]:
    """Replace the summaries of `days`, and of the weeks, months and years above, by the counts of their facts now, in
    every roll-up.

    The newest days come first, in transactions of a year or MAX_FACTS_PER_COMMIT facts; each is yielded after its
    commit. After an interruption the remaining days are still stale. Raise AlreadyRunning while another run holds the
    lock.
    """
    waiting, reported = _steps(dataset, days), set[date]()
    if waiting:
        facts.index_new_facts(dataset)
    else:
        _confirm(dataset, now)
    let_others_write = _Pauses()
    while waiting:
        yield _commit(dataset, waiting, now, reported)
        let_others_write()


def fill(now: datetime, dataset: Dataset = VIEWS) -> Iterator[RollUpResult]:
    """Fill the roll-ups that were declared after facts had been rolled up: a month after the other, the newest first,
    in transactions like those of `roll_up`. Yield the days and facts of each. After an interruption, what was filled
    stays, and the next call goes on.

    All roll-ups are counted again, from one reading of the facts, so that they never contradict each other. A roll-up
    does not know facts that were purged before it was declared: it is complete from the day after them.
    """
    facts.index_new_facts(dataset)
    let_others_write = _Pauses()
    while waiting := _days_to_fill(dataset, now):
        filled = _commit(dataset, waiting, now, set(), filling=True)
        yield RollUpResult(days=filled.days, facts=filled.facts)
        let_others_write()


def days_to_fill(now: datetime, dataset: Dataset = VIEWS) -> int:
    """Return the number of days that `fill` would count."""
    return sum(map(len, _days_to_fill(dataset, now)))


def _days_to_fill(dataset: Dataset, now: datetime) -> list[list[date]]:
    """Return the days of UTC that are still to be filled by month, like `_by_month`. If there are none, record that
    every roll-up is complete."""
    with roll_up_lock():
        filling = [each for each in declare_roll_ups.register(dataset, now) if each.filling]
        purged = purged_summaries.days(dataset)
        unfilled = [each.complete_from for each in filling if each.complete_from > _first_unpurged(purged, each.zone)]
        days = _unpurged_before(max(unfilled), purged, dataset) if unfilled else []
        if not days:
            for each in filling:
                start = min(each.complete_from, _first_unpurged(purged, each.zone))
                roll_ups.set_complete_from(dataset, each.number, start, filling=False)
    return _steps(dataset, days)


def _first_unpurged(purged: Sequence[date], zone: str) -> date:
    """Return the first day of a zone that no purge has touched: what a new roll-up can hold."""
    return max(Zone.named(zone).local_days_of(purged[-1:])) + timedelta(days=1) if purged else CALENDAR_START


def _unpurged_before(end: date, purged: Sequence[date], dataset: Dataset) -> list[date]:
    """Return the days of UTC before this one that come after the last purged day."""
    return [day for day in all_days(dataset=dataset) if day < end and not (purged and day <= purged[-1])]


def _confirm(dataset: Dataset, now: datetime) -> None:
    """Record that nothing is stale. A mark for every day is removed here, because no later run would clear it."""
    with roll_up_lock():
        kept = declare_roll_ups.register(dataset, now)
        stale_days.expand_every_day_mark(dataset)
        generations.mark_fresh(dataset, now)
        folder = PeriodFolder(dataset, now, generations.current(dataset))
        folder.fold_rest(kept, declare_roll_ups.published_numbers(dataset, kept))


def _by_month(days: Sequence[date]) -> list[list[date]]:
    """Return the days by month, the newest month last, where a list is popped."""
    return [list(same) for _, same in groupby(sorted(set(days)), key=lambda day: floor(day, Grain.MONTH))]


def _steps(dataset: Dataset, days: Sequence[date]) -> list[list[date]]:
    """Return the days by month, like `_by_month`, or in as short pieces of months as fill half a slice."""
    months = _by_month(days)
    if not days or not has_one_writer():
        return months
    span = enclosing_span(list(days))
    size = max(1, MAX_FACTS_PER_SLICE // 2 * span.days // (facts.count(dataset, span) + 1))
    return [month[start : start + size] for month in months for start in range(0, len(month), size)]


class _Pauses:
    """Pauses between commits, so that those who wait for a database with one writer find it free."""

    def __init__(self) -> None:
        self._busy_since = time.monotonic()

    def __call__(self) -> None:
        if has_one_writer() and time.monotonic() - self._busy_since >= MAX_BUSY_SECONDS:
            time.sleep(PAUSE_SECONDS)
            self._busy_since = time.monotonic()


def _max_facts_per_commit() -> int:
    return min(MAX_FACTS_PER_COMMIT, MAX_FACTS_PER_SLICE) if has_one_writer() else MAX_FACTS_PER_COMMIT


def _commit(
    dataset: Dataset, waiting: list[list[date]], now: datetime, reported: set[date], *, filling: bool = False
) -> RollUpResult:
    """Roll up months from the end of the list, up to the end of a year or MAX_FACTS_PER_COMMIT facts, in one
    transaction. `reported` are the days whose changes were reported before. With `filling`, the roll-ups that are to be
    filled are complete from these months on."""
    rolled = RollUpResult()
    with roll_up_lock():
        kept = declare_roll_ups.register(dataset, now)
        stale_days.expand_every_day_mark(dataset)
        folder = PeriodFolder(dataset, now, generations.advance(dataset, now))
        with closing(_portions(dataset, waiting, detail_for(kept))) as portions:
            for portion in portions:
                if filling:
                    kept = _lowered(dataset, kept, portion.since, is_last=portion.is_last)
                rolled += _replace_days(kept, portion, reported, folder)
                if portion.ends_month and not portion.is_last:
                    folder.fold_from(kept, portion.since)
        folder.fold_rest(kept, declare_roll_ups.published_numbers(dataset, kept))
        if folder.replaced >= MIN_VACUUM_ROWS:
            after_commit(partial(vacuum, dataset.summaries))
    return rolled


class FactPortion(NamedTuple):
    """Facts of some days of UTC, the first day of their month that is rolled up, whether they are the last ones of that
    month, and whether no other days wait."""

    days: list[date]
    columns: FactColumns
    since: date
    ends_month: bool
    is_last: bool


def _portions(dataset: Dataset, waiting: list[list[date]], detail: FactDetail) -> Generator[FactPortion, None, None]:
    """Yield the facts of months from the end of the list, up to the end of a year or MAX_FACTS_PER_COMMIT facts, in
    portions, which bounds memory: one is read while the one before is counted. The marks of a month are cleared before
    it is read."""
    year, read, most = waiting[-1][0].year, 0, _max_facts_per_commit()

    def next_month() -> tuple[list[date], Iterator[Portion]]:
        month = waiting.pop()
        stale_days.clear(dataset, month)
        return month, facts.portions(dataset, month, detail)

    with reading_ahead(worthwhile=sum(map(len, waiting)) >= MIN_DAYS_READ_AHEAD) as begin:
        month, portions = next_month()
        following: Callable[[], Portion] | None = begin(portions)
        while following:
            days, columns = following()
            since, ends_month = month[0], days[-1] == month[-1]
            read += columns.size
            goes_on = not ends_month
            if ends_month and waiting and waiting[-1][0].year == year and read < most:
                month, portions = next_month()
                goes_on = True
            following = begin(portions) if goes_on else None
            yield FactPortion(days, columns, since, ends_month, is_last=not (goes_on or waiting))


def _lowered(dataset: Dataset, kept: Sequence[RollUp], first: date, *, is_last: bool) -> list[RollUp]:
    """Return the roll-ups, those that are to be filled as complete from this day of UTC on, and store that. If it is
    the last one to be filled, and no earlier day has got facts meanwhile, they are complete from the start."""
    purged = purged_summaries.days(dataset)
    everything = is_last and not _unpurged_before(first, purged, dataset)
    found = []
    for each in kept:
        local = CALENDAR_START if everything else Zone.named(each.zone).local_days_of([first])[0]
        start = max(local, _first_unpurged(purged, each.zone))
        if each.filling and start < each.complete_from:
            roll_ups.set_complete_from(dataset, each.number, start, filling=True)
            each = replace(each, complete_from=start)
        found.append(each)
    return found


def _replace_days(
    kept: Sequence[RollUp], portion: FactPortion, reported: set[date], folder: PeriodFolder
) -> RollUpResult:
    """Replace the summaries of the days of a portion."""
    dataset = folder.dataset
    rolled = RollUpResult(len(portion.days), facts=portion.columns.size)
    by_group = declare_roll_ups.published_numbers(dataset, kept)
    replaced, found = dict[int, Sequence[date]](), Chunks()
    for each in counted_portion(dataset, portion.days, portion.columns, kept):
        if each.roll_up == by_group.grouped:
            rolled += _compared(dataset, each, reported)
        replaced[each.roll_up] = each.days
        found |= summaries.day_chunks(each)
    folder.replace_days(portion.days, replaced, found)
    return rolled


def _compared(dataset: Dataset, now: Contents, reported: set[date]) -> RollUpResult:
    """Return the changes of the days that were not reported before. A day of a zone lies on two days of UTC."""
    days = [day for day in now.days if day not in reported]
    reported.update(days)
    numbers = {summaries.day_number(day) for day in days}
    before = summaries.existing_keys(dataset, now.roll_up, days)
    after = {key for key in group_keys(now.counts.entries) if key[0] in numbers}
    return RollUpResult(0, len(after - before), len(after & before), len(before - after))


def preview(days: Sequence[date], dataset: Dataset = VIEWS) -> Iterator[RollUpResult]:
    """Yield what `roll_up` would do, month by month, without writing."""
    published = declare_roll_ups.published(dataset)
    known = [each for each in roll_ups.registered(dataset) if each.declared == published]
    kept, reported = known or [RollUp(NO_ROLL_UP, published)], set[date]()
    for month in reversed(_by_month(days)):
        with snapshot():
            for days, columns in facts.portions(dataset, month, detail_for(kept)):
                counted = counted_portion(dataset, days, columns, kept)
                rolled = RollUpResult(len(days), facts=columns.size)
                yield sum((_compared(dataset, each, reported) for each in counted), rolled)


def is_empty() -> bool:
    """Return whether there are neither facts nor summaries."""
    return not any(summaries.span(dataset) or facts.any_facts(dataset) for dataset in DATASETS)


__all__ = [
    "AlreadyRunning",
    "RollUpResult",
    "TriggersMissing",
    "all_days",
    "days_to_fill",
    "drop_days",
    "fill",
    "is_empty",
    "make_stale",
    "require_triggers",
    "preview",
    "roll_up",
    "pending_days",
]
