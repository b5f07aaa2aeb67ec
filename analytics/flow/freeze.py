"""Dropping raw facts while their days stay counted for ever."""

from collections.abc import Iterator
from datetime import date
from itertools import groupby

from analytics.store import bases, facts, marks
from analytics.store.locks import Locked, roll_up_lock
from tally.span import FIRST_DAY, Grain, Span, floor


class Stale(Exception):
    """Some of the days have facts that are not rolled up yet. Run precalculate_stats first."""


def days_with_facts(before: date) -> list[date]:
    """The days before this one from which facts may be dropped, those without any included."""
    found = facts.span()
    return list(found.intersection(Span(FIRST_DAY, max(before, FIRST_DAY)))) if found else []


def freeze(days: list[date]) -> Iterator[tuple[int, int]]:
    """Moves what the facts of these days say into the bases of the days, and drops the facts: month by month, each in
    one transaction, reported as days and facts once it is committed.

    A fact that is written meanwhile is not dropped: exactly what is deleted is what is counted. Stale when one of the
    days is.
    """
    for _, month in groupby(days, key=lambda day: floor(day, Grain.MONTH)):
        yield _freeze(list(month))


def _freeze(days: list[date]) -> tuple[int, int]:
    with roll_up_lock():
        if stale := marks.stale_days(Span.closed(days[0], days[-1])):
            raise Stale(f"{stale[0]} and {len(stale) - 1} more days are stale. Run precalculate_stats first.")
        gone = facts.taken(days)
        bases.add(days, gone)
    return len(days), int(gone.views.sum())


__all__ = ["Locked", "Stale", "days_with_facts", "freeze"]
