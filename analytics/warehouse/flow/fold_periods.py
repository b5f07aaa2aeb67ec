"""Fold the weeks, months and years above the days that a roll-up replaces, while it is still at work."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial

from analytics import conf
from analytics.database import after_commit
from analytics.datasets import Dataset
from analytics.warehouse.store import roll_ups, sketches, summaries
from analytics.warehouse.store.summaries import FOLDED_FROM, Chunks
from tally.roll_ups import RollUp, RollUpNumbers
from tally.span import Bucket, Grain, buckets_of, floor
from tally.zones import Zone

MAX_BYTES_KEPT = 100_000_000
"""The most bytes of new chunks that are kept to be folded."""


class PeriodFolder:
    """The new day summaries of a transaction, and the weeks, months and years above them. Those that are over are
    folded, those that are not are deleted, and answered from what lies below them.

    New chunks are kept until they are folded, unless they become too large: then they are read again.
    """

    def __init__(self, dataset: Dataset, now: datetime, generation: int) -> None:
        self.dataset, self.now, self.generation = dataset, now, generation
        self.replaced = 0
        """The number of day summaries that were replaced."""
        self._chunks: Chunks = {}
        self._days: list[date] = []
        self._folded: dict[str, set[Bucket]] = {}

    def replace_days(self, utc_days: Sequence[date], days: Mapping[int, Sequence[date]], found: Chunks) -> None:
        """Replace the summaries of days of each roll-up, which these days of UTC have changed."""
        self._days += utc_days
        self.replaced += summaries.replace_days(self.dataset, days, found, self.generation)
        for roll_up, own in days.items():
            for day in own:
                self._chunks.pop((roll_up, Bucket(Grain.DAY, day)), None)
        self._keep(self._chunks | found)

    def fold_from(self, kept: Sequence[RollUp], since: date) -> None:
        """Fold what no day of UTC before this one changes. Call this where only such days are still to be replaced:
        another connection reads their facts meanwhile."""
        for name, same in _by_zone(kept).items():
            start = _first_unchanged(Zone.named(name), since)
            self._fold(name, same, {bucket for bucket in self._changed(name) if bucket.start >= start})
        zones = {each.number: each.zone for each in kept}
        self._keep({key: chunk for key, chunk in self._chunks.items() if not self._is_folded(zones[key[0]], key[1])})

    def fold_rest(self, kept: Sequence[RollUp], published: RollUpNumbers) -> None:
        """Fold all others, and what has ended since the last run. Draw the sketches of what the published endpoints
        read, once the transaction commits."""
        for name, same in _by_zone(kept).items():
            zone = Zone.named(name)
            today, before = zone.day_of(self.now), min(each.folded_until for each in same)
            roll_ups.set_folded_until(self.dataset, name, today)
            changed = self._changed(name) | self._between(same[0].number, *sorted((before, today)))
            self._fold(name, same, changed)
            if conf.approximate() and self.dataset.sketched and name == conf.first_zone():
                buckets = [*(Bucket(Grain.DAY, day) for day in zone.local_days_of(self._days)), *sorted(changed)]
                after_commit(partial(_draw_sketches, self.dataset, published, buckets))

    def _changed(self, zone: str) -> set[Bucket]:
        local = Zone.named(zone).local_days_of(self._days)
        return {bucket for grain in FOLDED_FROM for bucket in buckets_of(local, grain)}

    def _fold(self, zone: str, same: Sequence[RollUp], buckets: set[Bucket]) -> None:
        """Fold or delete those of the buckets of a zone that were not yet."""
        folded, today = self._folded.setdefault(zone, set()), Zone.named(zone).day_of(self.now)
        new = sorted(buckets - folded)
        folded.update(new)
        own = [(each.number, bucket) for each in same for bucket in new if bucket.start >= each.complete_from]
        summaries.delete(self.dataset, [key for key in own if key[1].span.end > today])
        over = [key for key in own if key[1].span.end <= today]
        self._keep(self._chunks | summaries.fold(self.dataset, over, self.generation, self._chunks))

    def _is_folded(self, zone: str, bucket: Bucket) -> bool:
        """Return whether all that is folded from a bucket has been."""
        above = (grain for grain, source in FOLDED_FROM.items() if source is bucket.grain)
        return self._folded[zone].issuperset(Bucket(grain, floor(bucket.start, grain)) for grain in above)

    def _between(self, roll_up: int, earlier: date, later: date) -> set[Bucket]:
        """Return the weeks, months and years with summaries that end after one day, up to another."""
        if earlier == later:
            return set()
        days = summaries.days_from(self.dataset, roll_up, min(floor(earlier, grain) for grain in FOLDED_FROM))
        buckets = (bucket for grain in FOLDED_FROM for bucket in buckets_of(days, grain))
        return {bucket for bucket in buckets if earlier < bucket.span.end <= later}

    def _keep(self, chunks: Chunks) -> None:
        self._chunks = chunks if sum(chunk.size for chunk in chunks.values()) <= MAX_BYTES_KEPT else {}


def _by_zone(kept: Sequence[RollUp]) -> dict[str, list[RollUp]]:
    return {name: [each for each in kept if each.zone == name] for name in sorted({each.zone for each in kept})}


def _first_unchanged(zone: Zone, since: date) -> date:
    """Return the first day of a zone that no day of UTC before this one changes."""
    return max(zone.local_days_of([since - timedelta(days=1)])) + timedelta(days=1)


def _draw_sketches(dataset: Dataset, source: RollUpNumbers, buckets: Sequence[Bucket]) -> None:
    """Draw the sketches of these buckets again."""
    for bucket in buckets:
        sketches.draw(bucket, summaries.groups_with_ids(dataset, source, bucket))
