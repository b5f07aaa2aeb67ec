"""List the roll-ups with their sizes, and estimate the size of another one."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from analytics.database import snapshot
from analytics.datasets import Dataset
from analytics.warehouse.flow import declare_roll_ups
from analytics.warehouse.flow.count_facts import FactCounter, detail_for
from analytics.warehouse.store import facts, roll_ups, summaries
from tally.bucket_counts import counted_chunks
from tally.roll_ups import TOTAL, Declared, RollUp
from tally.span import CALENDAR_START, Span

SAMPLE_DAYS = 7


@dataclass(frozen=True, slots=True)
class ListedRollUp:
    """A roll-up with its rows, those of days among them, and the bytes of all. Without being declared, the next run of
    precalculate_stats drops it."""

    roll_up: RollUp
    rows: int
    days: int
    bytes: int
    undeclared: bool


@dataclass(frozen=True, slots=True)
class EstimatedCost:
    """What a roll-up would take: its bytes, as a share of the total's too, from a sample of days with so many facts and
    groups."""

    bytes: int
    share: float
    days: int
    facts: int
    groups: int


def listed(dataset: Dataset) -> list[ListedRollUp]:
    with snapshot():
        sizes, declared = summaries.sizes(dataset), declare_roll_ups.declared(dataset)
        return [
            ListedRollUp(each, *sizes.get(each.number, (0, 0, 0)), undeclared=each.declared not in declared)
            for each in roll_ups.registered(dataset)
        ]


def estimated(dataset: Dataset, dimensions: tuple[str, ...], now: datetime) -> EstimatedCost | None:
    """Return what a roll-up by these dimensions would take, from the last days with facts up to now; None without
    facts. Weeks, months and years are taken to be in proportion."""
    with snapshot():
        found = facts.span(dataset)
        past = found and found.intersection(Span(CALENDAR_START, now.date() + timedelta(days=1)))
        if not past:
            return None
        days = list(past)[-SAMPLE_DAYS:]
        by_name = {named: RollUp(TOTAL, Declared(named)) for named in {(), dimensions}}
        moments = facts.midnight(days[0]), facts.midnight(days[-1] + timedelta(days=1))
        columns = facts.read(dataset, moments, detail_for(list(by_name.values())))
        counter = FactCounter(dataset, columns)
        chunks = {named: list(counted_chunks(counter.counts(each, days))) for named, each in by_name.items()}
        sizes = {named: sum(chunk.size for chunk in own) for named, own in chunks.items()}
        if not sizes[()]:
            return None
        share = sizes[dimensions] / sizes[()]
        total = summaries.sizes(dataset).get(TOTAL, (0, 0, 0))[2]
        groups = {group for each in chunks[dimensions] for group in each.chunk.directory.groups.tolist()}
        return EstimatedCost(round(share * total), share, len(days), columns.size, len(groups))
