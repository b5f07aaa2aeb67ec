"""Roll up facts into summaries: the days whose facts have changed, and the weeks, months and years that contain them,
once these are over."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from itertools import groupby

from analytics import conf
from analytics.database import after_commit, snapshot
from analytics.datasets import DATASETS, VIEWS, Dataset
from analytics.warehouse.store import facts, generations, purged_summaries, sketches, stale_days, summaries
from analytics.warehouse.store.locks import AlreadyRunning, roll_up_lock
from analytics.warehouse.store.stale_days import TriggersMissing
from tally.columns import Entries, concatenated, group_keys
from tally.span import EVER, Bucket, Grain, Span, buckets_of, floor

MAX_FACTS_PER_COMMIT = 8_000_000
"""The number of facts after which a run commits. Each commit folds the year above, so commits are rare."""
FOLDED_GRAINS = (Grain.WEEK, Grain.MONTH, Grain.YEAR)


@dataclass(frozen=True, slots=True)
class RollUpResult:
    """Changes of day summaries, one for each date and group, with the number of days and facts that were read."""

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
    """Delete the summaries of these days and of the buckets that contain them, and mark the days, so that the next run
    makes them again. Raise AlreadyRunning while another run holds the lock."""
    with roll_up_lock():
        stale_days.add(dataset, days)
        summaries.delete(dataset, [bucket for grain in Grain for bucket in buckets_of(list(days), grain)])
        generations.invalidate_answers()


def require_triggers() -> None:
    """Raise TriggersMissing if changes of facts are not marked, because stale days are then unknown."""
    stale_days.require_triggers()


def roll_up(days: Sequence[date], now: datetime, dataset: Dataset = VIEWS) -> Iterator[RollUpResult]:
    """Replace the summaries of `days`, and of the weeks, months and years above, by the counts of their facts now.

    The newest days come first, in transactions of a year or MAX_FACTS_PER_COMMIT facts; each is yielded after its
    commit. After an interruption the remaining days are still stale. Raise AlreadyRunning while another run holds the
    lock.
    """
    waiting = _by_month(days)
    if not waiting:
        _confirm(dataset, now)
    while waiting:
        yield _commit(dataset, waiting, now)


def _confirm(dataset: Dataset, now: datetime) -> None:
    """Record that nothing is stale. A mark for every day is removed here, because no later run would clear it."""
    with roll_up_lock():
        stale_days.expand_every_day_mark(dataset)
        generations.mark_fresh(dataset, now)
        _fold(dataset, [], now, generations.current(dataset))


def _by_month(days: Sequence[date]) -> list[list[date]]:
    """Return the days by month, the newest month last, where a list is popped."""
    return [list(same) for _, same in groupby(sorted(set(days)), key=lambda day: floor(day, Grain.MONTH))]


def _commit(dataset: Dataset, waiting: list[list[date]], now: datetime) -> RollUpResult:
    """Roll up months from the end of the list, up to the end of a year or MAX_FACTS_PER_COMMIT facts, in one
    transaction."""
    done, rolled, year = [], RollUpResult(), waiting[-1][0].year
    with roll_up_lock():
        stale_days.expand_every_day_mark(dataset)
        generation = generations.advance(dataset, now)
        while waiting and waiting[-1][0].year == year and rolled.facts < MAX_FACTS_PER_COMMIT:
            month = waiting.pop()
            rolled += _replace_days(dataset, month, generation)
            done += month
        _fold(dataset, done, now, generation)
    return rolled


def _fold(dataset: Dataset, days: list[date], now: datetime, generation: int) -> None:
    """Fold the weeks, months and years that are over and contain these days, or have ended since the last run. Delete
    those that are not over, which are answered from what lies below them."""
    today, before = now.astimezone(UTC).date(), generations.folded_until(dataset)
    if before != today:
        generations.set_folded_until(dataset, today)
    changed = {bucket for grain in FOLDED_GRAINS for bucket in buckets_of(days, grain)}
    changed |= _between(dataset, *sorted((before, today)))
    ended = sorted(bucket for bucket in changed if bucket.span.end <= today)
    summaries.delete(dataset, sorted(changed.difference(ended)))
    summaries.fold(dataset, ended, generation)
    if conf.approximate() and dataset.sketched:
        after_commit(partial(_draw_sketches, dataset, [*(Bucket(Grain.DAY, day) for day in days), *sorted(changed)]))


def _between(dataset: Dataset, earlier: date, later: date) -> set[Bucket]:
    """Return the weeks, months and years with summaries that end after one day, up to another."""
    if earlier == later:
        return set()
    days = summaries.days_from(dataset, min(floor(earlier, grain) for grain in FOLDED_GRAINS))
    buckets = (bucket for grain in FOLDED_GRAINS for bucket in buckets_of(days, grain))
    return {bucket for bucket in buckets if earlier < bucket.span.end <= later}


def _draw_sketches(dataset: Dataset, buckets: Sequence[Bucket]) -> None:
    """Draw the sketches of these buckets again."""
    for bucket in buckets:
        sketches.draw(bucket, summaries.groups_with_ids(dataset, bucket))


def _replace_days(dataset: Dataset, days: Sequence[date], generation: int) -> RollUpResult:
    """Replace the summaries of days, one portion after another, which bounds memory."""
    stale_days.clear(dataset, days)
    rolled = RollUpResult()
    for portion, counted in _counted(dataset, days):
        rolled += _compared(portion, summaries.existing_keys(dataset, portion), counted)
        summaries.replace_days(dataset, portion, counted, generation)
    return rolled


def _counted(dataset: Dataset, days: Sequence[date]) -> Iterator[tuple[list[date], Entries]]:
    """Yield portions of days with their counts: of the stored facts, plus those of purged facts."""
    for portion, now in facts.counted(dataset, days):
        base = purged_summaries.counted(dataset, portion)
        yield portion, concatenated([base, now]).merged(by_group=True) if base.ids.size else now


def _compared(days: Sequence[date], before: set[tuple[int, int]], counted: Entries) -> RollUpResult:
    after = set(group_keys(counted))
    total = int(counted.weights.sum())
    return RollUpResult(len(days), len(after - before), len(after & before), len(before - after), total)


def preview(days: Sequence[date], dataset: Dataset = VIEWS) -> Iterator[RollUpResult]:
    """Yield what `roll_up` would do, month by month, without writing."""
    for month in reversed(_by_month(days)):
        with snapshot():
            for portion, counted in _counted(dataset, month):
                yield _compared(portion, summaries.existing_keys(dataset, portion), counted)


def is_empty() -> bool:
    """Return whether there are neither facts nor summaries."""
    return not any(generations.coverage(dataset).span or facts.any_facts(dataset) for dataset in DATASETS)


__all__ = [
    "AlreadyRunning",
    "RollUpResult",
    "TriggersMissing",
    "all_days",
    "drop_days",
    "is_empty",
    "make_stale",
    "require_triggers",
    "preview",
    "roll_up",
    "pending_days",
]
