"""Count the facts again, in plain SQL, and compare all summaries with them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from analytics import conf
from analytics.database import snapshot
from analytics.datasets import HOUR, VIEWS, Dataset
from analytics.warehouse.store import (
    facts,
    generations,
    purged_summaries,
    roll_ups,
    stale_days,
    summaries,
    unfinished_writes,
)
from analytics.warehouse.store.context_keys import ContextKeys
from analytics.warehouse.store.facts import NO_FACTS, Recount
from analytics.warehouse.store.locks import roll_up_lock
from tally.bucket_counts import BucketCounts
from tally.columns import Entries, concatenated, constant_column
from tally.counts import Ints
from tally.facts import visited
from tally.registers import concatenated_registers
from tally.roll_ups import RollUp, crossed
from tally.span import CALENDAR_START, Bucket, Grain, buckets_of
from tally.zones import EPOCH, Zone

MAX_CHECKS = 3
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class BucketCheck:
    """The check of one bucket of a zone: the number of its facts (with purged ones), the total of its summary, and the
    roll-ups whose groups, members or weights differ from the facts. The numbers are those of the first of these.

    A week, month or year that is not over has neither facts nor summaries. If the bucket is `stale`, facts have changed
    since it was rolled up, so a difference is expected until the next run.
    """

    zone: str
    bucket: Bucket
    counted: int
    summarised: int
    differing: tuple[str, ...]
    stale: bool

    @property
    def same(self) -> bool:
        return not self.differing


def verify(days: Sequence[date], dataset: Dataset = VIEWS) -> Iterator[BucketCheck]:
    """Check the days of UTC in every roll-up, and the weeks, months and years that contain them, those of each bucket
    and zone in a snapshot of its own."""
    kept = roll_ups.registered(dataset)
    occupied = _days_to_compare(dataset)
    for grain in Grain:
        for name in dict.fromkeys(each.zone for each in kept):
            zone, same = Zone.named(name), [each for each in kept if each.zone == name]
            filled = {bucket.start for bucket in buckets_of(zone.local_days_of(occupied), grain)}
            filled |= summaries.starts(dataset, [each.number for each in same], grain)
            for bucket in buckets_of(zone.local_days_of(list(days)), grain):
                if bucket.start in filled:
                    yield _settled(dataset, same, bucket)
                else:
                    yield BucketCheck(name, bucket, 0, 0, (), stale=False)


def _settled(dataset: Dataset, kept: Sequence[RollUp], bucket: Bucket) -> BucketCheck:
    """Check a bucket. Facts on a cluster are not of the snapshot of the database: if they differ, and none of their
    days is stale, look again whether they were written or rolled up meanwhile."""
    for tries_left in reversed(range(MAX_CHECKS if conf.facts_cluster() else 1)):
        with snapshot():
            found = _check(dataset, kept, bucket)
        if found.same or found.stale or not tries_left:
            return found
        if _is_changing(dataset, Zone.named(found.zone), bucket):
            return replace(found, stale=True)
    raise AssertionError("unreachable")


def _is_changing(dataset: Dataset, zone: Zone, bucket: Bucket) -> bool:
    days = zone.utc_days_of(bucket.span)
    return bool(stale_days.stale_days(dataset, days)) or unfinished_writes.any_of(dataset, days)


def _days_to_compare(dataset: Dataset) -> list[date]:
    """Return the days of UTC that have facts, or had some before a purge. All others can be skipped."""
    return sorted({*facts.days(dataset), *purged_summaries.days(dataset)})


def _check(dataset: Dataset, kept: Sequence[RollUp], bucket: Bucket) -> BucketCheck:
    zone = Zone.named(kept[0].zone)
    stale = bool(stale_days.stale_days(dataset, zone.utc_days_of(bucket.span)))
    over = bucket.grain is Grain.DAY or bucket.span.end <= kept[0].folded_until
    recount = _recounted(dataset, zone, bucket) if over else []
    purged = over and purged_summaries.any_of(dataset, bucket.span)
    existing = summaries.with_bucket(dataset, [each.number for each in kept], bucket)
    numbers, differing = (0, 0), list[str]()
    for each in kept:
        if bucket.start < each.complete_from or not (purged or recount or each.number in existing):
            continue
        counted = _contents(dataset, each, bucket, recount, purged=purged)
        stored = summaries.bucket_contents(dataset, each.number, bucket) if each.number in existing else {}
        if not differing and (counted != stored or each is kept[0]):
            numbers = _total(counted), _total(stored or {})
        if counted != stored:
            differing.append(each.declared.name)
    return BucketCheck(zone.name, bucket, *numbers, tuple(differing), stale)


def _total(contents: summaries.BucketContents) -> int:
    return sum(total for total, *_ in contents.values())


def _recounted(dataset: Dataset, zone: Zone, bucket: Bucket) -> list[tuple[Recount, Recount]]:
    """Return the facts of a bucket, counted in plain SQL, in pieces of one offset from UTC, without empty ones: by
    member, and by visitor."""
    found = []
    for start, end, offset in zip(*(column.tolist() for column in zone.pieces(bucket.span)), strict=True):
        piece = (EPOCH + start * MICROSECOND, EPOCH + end * MICROSECOND), offset * MICROSECOND
        members = facts.recounted(dataset, *piece)
        if members.members.size:
            visitors = facts.recounted(dataset, *piece, visitors=True) if dataset.has_visitors else NO_FACTS
            found.append((members, visitors))
    return found


def _contents(
    dataset: Dataset, roll_up: RollUp, bucket: Bucket, recount: Sequence[tuple[Recount, Recount]], *, purged: bool
) -> summaries.BucketContents:
    """Return the content that a bucket of a roll-up should have, with what it keeps of purged facts."""
    found = [_by_roll_up(dataset, roll_up, *piece) for piece in recount]
    if purged:
        found.append(purged_summaries.counted(dataset, roll_up.number, list(bucket.span)))
    entries = concatenated([replace(each.entries, part=each.entries.part * 0) for each in found])
    registers = concatenated_registers([replace(each.registers, part=each.registers.part * 0) for each in found])
    return summaries.as_bucket_contents(BucketCounts(entries, registers).merged())


def _by_roll_up(dataset: Dataset, roll_up: RollUp, members: Recount, visitors: Recount) -> BucketCounts:
    groups, of_visitors = (_groups(dataset, roll_up, piece) for piece in (members, visitors))
    entries = Entries(constant_column(0, groups.size), groups, members.members, members.weights)
    registers = visited(constant_column(0, of_visitors.size), of_visitors, visitors.members)
    return BucketCounts(entries, registers)


def _groups(dataset: Dataset, roll_up: RollUp, piece: Recount) -> Ints:
    contexts = ContextKeys(piece.contexts)
    keys = [
        (
            piece.keys
            if name == dataset.main_dimension
            else piece.hours + 1 if name == HOUR else contexts.of(name, piece.contexts)
        )
        for name in roll_up.dimensions
    ]
    return crossed(keys, piece.members.size)


def repair(checked: Sequence[BucketCheck], dataset: Dataset = VIEWS) -> list[date]:
    """Mark a day in each bucket that differs. The next roll-up recounts it and everything above it."""
    starts = {Zone.named(each.zone).utc_days_of(each.bucket.span).start for each in checked}
    days = sorted({max(start, CALENDAR_START) for start in starts})
    with roll_up_lock():
        stale_days.add(dataset, days)
    return days


def restore_triggers(days: Mapping[Dataset, Sequence[date]]) -> list[str]:
    """Create missing triggers and mark these days, because changes meanwhile were not noticed. Return the names of the
    triggers."""
    with roll_up_lock():
        missing = stale_days.missing_triggers()
        if missing:
            stale_days.restore_triggers()
            for dataset, own in days.items():
                stale_days.add(dataset, own)
            generations.invalidate_answers()
    return missing
