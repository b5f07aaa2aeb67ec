"""Count the facts again, in plain SQL, and compare all summaries with them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from analytics.database import snapshot
from analytics.datasets import VIEWS, Dataset
from analytics.warehouse.store import facts, generations, purged_summaries, stale_days, summaries
from analytics.warehouse.store.locks import roll_up_lock
from tally.columns import ALL_GROUPS, Entries, concatenated
from tally.span import CALENDAR_START, Bucket, Grain, buckets_of


@dataclass(frozen=True, slots=True)
class BucketCheck:
    """The check of one bucket: the number of its facts (with purged ones), and the total of its summaries.

    A week, month or year that is not over has neither. `same` compares every group, member and weight. If the bucket is
    `stale`, facts have changed since it was rolled up, so a difference is expected until the next run.
    """

    bucket: Bucket
    counted: int
    summarised: int
    same: bool
    stale: bool


def verify(days: Sequence[date], dataset: Dataset = VIEWS) -> Iterator[BucketCheck]:
    """Check the days, and the weeks, months and years that contain them, each in a snapshot of its own."""
    for grain in Grain:
        for bucket in buckets_of(list(days), grain):
            with snapshot():
                yield _check(dataset, bucket)


def _check(dataset: Dataset, bucket: Bucket) -> BucketCheck:
    over = bucket.grain is Grain.DAY or bucket.span.end <= generations.folded_until(dataset)
    counted, stored = _recounted(dataset, bucket) if over else {}, summaries.bucket_contents(dataset, bucket)
    total, summed = (found[ALL_GROUPS][0] if found and ALL_GROUPS in found else 0 for found in (counted, stored))
    return BucketCheck(bucket, total, summed, counted == stored, bool(stale_days.stale_days(dataset, bucket.span)))


def _recounted(dataset: Dataset, bucket: Bucket) -> summaries.BucketContents:
    base = purged_summaries.counted(dataset, list(bucket.span))
    purged = Entries(base.part * 0, base.group, base.ids, base.weights)
    entries = concatenated([facts.recounted(dataset, bucket.span), purged])
    return summaries.as_bucket_contents(concatenated([entries.merged(by_group=True), entries.merged(by_group=False)]))


def repair(checked: Sequence[BucketCheck], dataset: Dataset = VIEWS) -> list[date]:
    """Mark a day in each bucket that differs. The next roll-up recounts it and everything above it."""
    days = sorted({max(each.bucket.start, CALENDAR_START) for each in checked})
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
