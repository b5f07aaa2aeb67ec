"""Delete raw facts; their days stay counted."""

from collections.abc import Iterator
from datetime import date
from itertools import groupby

from analytics.datasets import VIEWS, Dataset
from analytics.warehouse.flow.count_facts import FactCounter, detail_for
from analytics.warehouse.store import facts, purged_summaries, roll_ups, stale_days, unfinished_writes
from analytics.warehouse.store.locks import AlreadyRunning, roll_up_lock
from tally.span import CALENDAR_START, Grain, Span, floor
from tally.zones import Zone


class StaleDays(Exception):
    """Some of the days have facts that are not rolled up yet. Run precalculate_stats first."""


def days_with_facts(before: date, dataset: Dataset = VIEWS) -> list[date]:
    """Return the days before this one that lie between the first and the last fact."""
    found = facts.span(dataset)
    return list(found.intersection(Span(CALENDAR_START, max(before, CALENDAR_START)))) if found else []


def preview(days: list[date], dataset: Dataset = VIEWS) -> int:
    """Return the number of facts that a purge of these days would delete. Raise StaleDays like `purge`."""
    _require_fresh(dataset, days)
    return facts.count(dataset, Span.closed(days[0], days[-1])) if days else 0


def purge(days: list[date], dataset: Dataset = VIEWS) -> Iterator[tuple[int, int]]:
    """Move the counts of these days' facts to purged summaries and delete the facts. Each month is one transaction;
    after its commit, yield the number of days and of facts.

    Exactly the deleted facts are counted, so a fact that is written meanwhile stays. Raise StaleDays if one of the days
    is stale, before anything is deleted, and TriggersMissing if that is unknown.
    """
    stale_days.require_triggers()
    _require_fresh(dataset, days)
    with roll_up_lock():
        facts.delete_hidden()  # what an interrupted purge has left
    for _, month in groupby(days, key=lambda day: floor(day, Grain.MONTH)):
        yield _purge_month(dataset, list(month))
        with roll_up_lock():
            facts.delete_hidden()


def _require_fresh(dataset: Dataset, days: list[date]) -> None:
    if days and (stale := stale_days.stale_days(dataset, Span.closed(days[0], days[-1]))):
        raise StaleDays(f"{len(stale)} days are stale, {stale[0]} the first. Run precalculate_stats first.")
    if days and unfinished_writes.any_of(dataset, Span.closed(days[0], days[-1])):
        raise StaleDays("Facts of these days are being written. Try again, after precalculate_stats.")


def _purge_month(dataset: Dataset, days: list[date]) -> tuple[int, int]:
    dropped = 0
    with roll_up_lock():
        _require_fresh(dataset, days)
        kept = roll_ups.registered(dataset)
        for portion, gone in facts.delete_and_read(dataset, days, detail_for(kept)):
            counter = FactCounter(dataset, gone)
            for roll_up in kept:
                local = [day for day in Zone.named(roll_up.zone).local_days_of(portion) if day >= roll_up.complete_from]
                purged_summaries.add(dataset, roll_up.number, local, counter.counts(roll_up, local))
            dropped += gone.size
    return len(days), dropped


__all__ = ["AlreadyRunning", "StaleDays", "days_with_facts", "preview", "purge"]
