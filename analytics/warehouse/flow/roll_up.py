"""Folding facts into summaries: the days whose facts have changed, whole, and the weeks, months and years above."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import groupby

from analytics import conf
from analytics.database import after_commit, snapshot
from analytics.datasets import SUBJECTS, VIEWS, Subject
from analytics.warehouse.store import facts, generations, purged_summaries, sketches, stale_days, summaries
from analytics.warehouse.store.locks import Locked, roll_up_lock
from analytics.warehouse.store.stale_days import Unwatched
from tally.columns import Entries, concatenated, group_keys
from tally.span import EVER, Grain, Span, buckets_of, floor

ENOUGH = 8_000_000
"""Facts after which a run commits what it has: the years above are folded once a commit, so not too often."""


@dataclass(frozen=True, slots=True)
class Rolled:
    """What has been done to day summaries, one per date and group; `days` and `facts` are how many that took."""

    days: int = 0
    created: int = 0
    updated: int = 0
    removed: int = 0
    facts: int = 0

    def __add__(self, other: "Rolled") -> "Rolled":
        return Rolled(*(getattr(self, name) + getattr(other, name) for name in Rolled.__slots__))


def pending_days(span: Span = EVER, subject: Subject = VIEWS) -> list[date]:
    """What a roll-up of this span would do."""
    return stale_days.stale_days(subject, span)


def everything(span: Span = EVER, subject: Subject = VIEWS) -> list[date]:
    """What a rebuild of this span would do: every day between the first and the last with facts or a summary, and every
    day that was purged."""
    extents = [found for found in (facts.span(subject), summaries.span(subject)) if found]
    days = {day for found in extents for day in span.intersection(found)}
    purged = (day for day in purged_summaries.days(subject) if day in span)
    return sorted(days.union(stale_days.stale_days(subject, span), purged))


def make_stale(days: Sequence[date], subject: Subject = VIEWS) -> None:
    """Marks days, so that a rebuild that is interrupted goes on with the next run."""
    with roll_up_lock():
        stale_days.add(subject, days)


def must_be_watched() -> None:
    """Unwatched when changes are not being marked, so that what is stale is not known."""
    stale_days.must_be_watched()


def roll_up(days: Sequence[date], now: datetime, subject: Subject = VIEWS) -> Iterator[Rolled]:
    """Replaces the summaries of `days`, and of the weeks, months and years above, with what their facts say now.

    Newest first, in transactions of a year or ENOUGH facts; each is reported once it is committed. Stopping between
    two leaves the remaining days stale for the next run. Locked when another run is at work.
    """
    waiting = _by_month(days)
    if not waiting:
        _confirm(subject, now)
    while waiting:
        yield _commit(subject, waiting, now)


def _confirm(subject: Subject, now: datetime) -> None:
    """Nothing is stale. A mark for every day is then about no day at all, and would stay for ever."""
    with roll_up_lock():
        stale_days.spell_out(subject)
        generations.confirm(subject, now)


def _by_month(days: Sequence[date]) -> list[list[date]]:
    """Newest last, where a list is popped."""
    return [list(same) for _, same in groupby(sorted(set(days)), key=lambda day: floor(day, Grain.MONTH))]


def _commit(subject: Subject, waiting: list[list[date]], now: datetime) -> Rolled:
    """Takes months off the list up to the end of a year or ENOUGH facts, in one transaction."""
    done, rolled, year = [], Rolled(), waiting[-1][0].year
    with roll_up_lock():
        stale_days.spell_out(subject)
        generation = generations.advance(subject, now)
        while waiting and waiting[-1][0].year == year and rolled.facts < ENOUGH:
            month = waiting.pop()
            rolled += _replace(subject, month, generation)
            done += month
        summaries.fold_upwards(subject, done, generation)
        if conf.approximate() and subject.sketched:
            after_commit(partial(_sketch, subject, done))
    return rolled


def _sketch(subject: Subject, days: Sequence[date]) -> None:
    """Draws anew the sketches of all buckets that hold these days."""
    for grain in Grain:
        for bucket in buckets_of(list(days), grain):
            sketches.draw(bucket, summaries.written(subject, bucket))


def _replace(subject: Subject, days: Sequence[date], generation: int) -> Rolled:
    """One portion of days after the other, so that memory is bounded by a portion."""
    stale_days.clear(subject, days)
    rolled = Rolled()
    for portion, counted in _counted(subject, days):
        rolled += _compared(portion, summaries.keys(subject, portion), counted)
        summaries.replace_days(subject, portion, counted, generation)
    return rolled


def _counted(subject: Subject, days: Sequence[date]) -> Iterator[tuple[list[date], Entries]]:
    """What the days' facts say now, on top of what purged facts said."""
    for portion, now in facts.counted(subject, days):
        base = purged_summaries.counted(subject, portion)
        yield portion, concatenated([base, now]).merged(by_group=True) if base.ids.size else now


def _compared(days: Sequence[date], before: set[tuple[int, int]], counted: Entries) -> Rolled:
    after = set(group_keys(counted))
    total = int(counted.weights.sum())
    return Rolled(len(days), len(after - before), len(after & before), len(before - after), total)


def rehearse(days: Sequence[date], subject: Subject = VIEWS) -> Iterator[Rolled]:
    """What `roll_up` would do, month by month; touches nothing."""
    for month in reversed(_by_month(days)):
        with snapshot():
            for portion, counted in _counted(subject, month):
                yield _compared(portion, summaries.keys(subject, portion), counted)


def is_empty() -> bool:
    """No facts and no summaries: nothing has ever happened."""
    return not any(generations.extent(subject) or facts.any_at_all(subject) for subject in SUBJECTS)


__all__ = [
    "Locked",
    "Rolled",
    "Unwatched",
    "everything",
    "is_empty",
    "make_stale",
    "must_be_watched",
    "rehearse",
    "roll_up",
    "pending_days",
]
