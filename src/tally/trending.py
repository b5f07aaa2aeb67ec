"""Pages that gain visitors: three measures of the same snapshots.

Let n_t(p) be the visitors of page p in the snapshot at t, zero if p is not in it, and i the seconds between two
snapshots.

    difference   n_t - n_{t-i}
    smoothed     mean(n_t, ..., n_{t-4i}) - mean(n_{t-5i}, ..., n_{t-9i})
    relative     (n_t - u) / sqrt(u + v + 1)

u and v are the page's usual level at this hour of the day and its variance between days (`tally.baseline`). A
difference over five seconds is mostly chance: independent visitors come and go as a Poisson process, whose counts vary
by their mean. Means of five snapshots vary less and show a climb that is slower than the noise. The relative measure is
a score: the number of standard deviations by which a page exceeds its usual level. Its variance is that of the Poisson
count, u, plus that between days, v; the 1 keeps a single visitor of a page that usually has none from scoring. Scores
below MIN_SCORE are noise and left out.

A page must be in the current snapshot and in one of those it is compared with; new pages and pages that are gone are
left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

import numpy as np

from tally.baseline import Baseline, Floats
from tally.counts import NO_COUNTS, Counts, Ints
from tally.diffs import Direction, diff

MAX_PAGES = 100
"""The number of pages that are ranked: those with the most visitors now."""
SMOOTHING_SNAPSHOTS = 5
"""The number of snapshots in each mean."""
MIN_SCORE = 2.0
"""By chance, one page in forty-four exceeds this score (the normal distribution's 97.7 %)."""


class Measure(StrEnum):
    DIFFERENCE = "difference"
    SMOOTHED = "smoothed"
    RELATIVE = "relative"


def top_pages(counts: Counts, most: int = MAX_PAGES) -> Counts:
    """Return the pages with the most visitors; of equal pages, the one with the smaller id.

    >>> top_pages(Counts.of([1, 2, 3], [5, 9, 5]), 2).ids.tolist()
    [1, 2]
    """
    first = np.sort(np.argsort(-counts.weights, kind="stable")[:most])
    return Counts(counts.ids[first], counts.weights[first])


def difference(now: Counts, before: Counts) -> dict[int, int]:
    """Return the change of every page since the previous snapshot, zeros and losses included.

    >>> difference(Counts.of([1, 2], [5, 1]), Counts.of([1, 3], [2, 1]))
    {1: 3}
    """
    return diff(before, now, Direction.BOTH)


def smoothed(recent: Sequence[Counts], earlier: Sequence[Counts]) -> dict[int, float]:
    """Return the mean of the latest snapshots (newest first) minus the mean of those before.

    >>> five = [Counts.of([1], [n]) for n in (9, 8, 7, 6, 5)]
    >>> smoothed(five, [Counts.of([1], [n]) for n in (4, 3, 2, 1, 0)])
    {1: 5.0}
    """
    if not recent or not earlier:
        return {}
    pages = np.intersect1d(recent[0].ids, sum(earlier, NO_COUNTS).ids)
    return _rounded_by_page(pages, _mean_visitors(recent, pages) - _mean_visitors(earlier, pages))


def relative(now: Counts, hour: Baseline, anyhow: Baseline) -> dict[int, float]:
    """Return the score of each page against its baseline at this hour; against that of any hour if this one is unknown.

    >>> from tally.baseline import EMPTY_BASELINE
    >>> relative(Counts.of([1, 2], [25, 3]), EMPTY_BASELINE.after({1: 8.0}), EMPTY_BASELINE)
    {1: 5.67}
    """
    pages, visitors, level, variance = _known(now, hour, anyhow)
    return _rounded_by_page(pages, (visitors - level) / np.sqrt(level + variance + 1))


def usual(now: Counts, hour: Baseline, anyhow: Baseline) -> dict[int, float]:
    """Return the usual visitors of each page at this hour, or at any hour if those at this one are unknown.

    >>> from tally.baseline import EMPTY_BASELINE
    >>> usual(Counts.of([1, 2], [25, 3]), EMPTY_BASELINE.after({1: 8.0}), EMPTY_BASELINE)
    {1: 8.0}
    """
    pages, _, level, _ = _known(now, hour, anyhow)
    return _rounded_by_page(pages, level)


def _known(now: Counts, hour: Baseline, anyhow: Baseline) -> tuple[Ints, Ints, Floats, Floats]:
    """Return the pages that have a baseline: their ids, their visitors now, their usual visitors and the variance."""
    (level, variance), (otherwise, its) = hour.of(now.ids), anyhow.of(now.ids)
    unknown = np.isnan(level)
    level, variance = np.where(unknown, otherwise, level), np.where(unknown, its, variance)
    known = ~np.isnan(level)
    return now.ids[known], now.weights[known], level[known], variance[known]


def rising(changes: Mapping[int, float], measure: Measure) -> dict[int, float]:
    """Return the changes that count as a rise."""
    return {page: change for page, change in changes.items() if change > 0 and not _is_noise(change, measure)}


def falling(changes: Mapping[int, float], measure: Measure) -> dict[int, float]:
    """Return the changes that count as a fall."""
    return {page: change for page, change in changes.items() if change < 0 and not _is_noise(change, measure)}


def _is_noise(change: float, measure: Measure) -> bool:
    return measure is Measure.RELATIVE and abs(change) < MIN_SCORE


def _mean_visitors(snapshots: Sequence[Counts], pages: Ints) -> Floats:
    total = np.zeros(pages.size)
    for shot in snapshots:
        _, there, here = np.intersect1d(pages, shot.ids, assume_unique=True, return_indices=True)
        total[there] += shot.weights[here]
    return total / len(snapshots)


def _rounded_by_page(pages: Ints, changes: Floats) -> dict[int, float]:
    return dict(zip(pages.tolist(), np.round(changes, 2).tolist(), strict=True))
