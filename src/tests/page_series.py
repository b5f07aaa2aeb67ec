"""Series of snapshots of one page."""

from collections.abc import Sequence

from tally.baseline import EMPTY_BASELINE, Baseline
from tally.counts import Counts

PAGE = 7


def snapshots_of(visitors: Sequence[int]) -> list[Counts]:
    """Return snapshots of one page, in order of time. A page with zero visitors is absent."""
    return [Counts.of([PAGE], [n]) if n else Counts.of([]) for n in visitors]


def baseline_after(*days: float) -> Baseline:
    """Return the baseline after these levels, one a day."""
    usual = EMPTY_BASELINE
    for level in days:
        usual = usual.after({PAGE: level})
    return usual
