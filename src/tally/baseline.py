"""How many visitors a page usually has at an hour of the day, learnt one day at a time.

Each day gives one observation x for the hour: the mean of its snapshots over time. Mean and variance are weighted
exponentially, so that last week counts and last year does not (T. Finch, Incremental calculation of weighted mean and
variance, 2009, section 9), with a weight a of RATE:

    d = x - mean;   mean' = mean + a d;   variance' = (1 - a)(variance + a d^2)

The variance is that between days. A snapshot is one moment, in which independent visitors vary by chance as well: by
Poisson's law with a variance equal to the mean. `tally.trending.relative` adds the two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tally.counts import Counts, Ints, int_array, sum_by

Floats: TypeAlias = NDArray[np.float64]

LEARNING_RATE = 0.2
"""An observation loses half of its weight in three days."""
MIN_MEAN_VISITORS = 0.01
"""A page with fewer visitors than this is no longer remembered."""
MAX_BASELINE_PAGES = 10_000
"""Pages remembered of an hour: those that usually have most visitors."""
MAX_SNAPSHOT_SECONDS = 90
"""Seconds that a snapshot stands for when none follows. After that nobody looked, and nobody knows."""


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """Aligned columns: the pages, ascending, the mean of each and its variance from day to day."""

    pages: Ints
    means: Floats
    variances: Floats

    def after(self, observed: Mapping[int, float]) -> Baseline:
        """With one more day. A page that was not seen on that day had no visitors; one never seen before begins here.

        >>> first = EMPTY_BASELINE.after({1: 10.0})
        >>> second = first.after({1: 20.0, 2: 4.0})
        >>> second.pages.tolist(), second.means.tolist(), second.variances.tolist()
        ([1, 2], [12.0, 4.0], [16.0, 0.0])
        """
        pages = np.union1d(self.pages, int_array(observed))
        seen = np.array([observed.get(page, 0.0) for page in pages.tolist()])
        means, variances = self._extended(pages, seen)
        apart = seen - means
        return Baseline(
            pages, means + LEARNING_RATE * apart, (1 - LEARNING_RATE) * (variances + LEARNING_RATE * apart**2)
        )._worth_keeping()

    def of(self, pages: Ints) -> tuple[Floats, Floats]:
        """Mean and variance of these pages, not a number where nothing is known."""
        means, variances = np.full(pages.size, np.nan), np.full(pages.size, np.nan)
        _, there, here = np.intersect1d(pages, self.pages, return_indices=True)
        means[there], variances[there] = self.means[here], self.variances[here]
        return means, variances

    def _extended(self, pages: Ints, first: Floats) -> tuple[Floats, Floats]:
        means, variances = self.of(pages)
        new = np.isnan(means)
        return np.where(new, first, means), np.where(new, 0.0, variances)

    def _worth_keeping(self) -> Baseline:
        order = np.argsort(-self.means, kind="stable")[:MAX_BASELINE_PAGES]
        kept = np.sort(order[self.means[order] >= MIN_MEAN_VISITORS])
        return Baseline(self.pages[kept], self.means[kept], self.variances[kept])


EMPTY_BASELINE = Baseline(np.zeros(0, np.int64), np.zeros(0), np.zeros(0))


def mean_over_time(moments: Sequence[int], snapshots: Sequence[Counts], end: int) -> dict[int, float]:
    """The mean visitors of each page over the time that the snapshots tell of: each stands from its moment (in
    seconds) until the next, or `end`. One that shows somebody stands for LONGEST at most; an empty one is the last
    until somebody comes, and stands until then.

    >>> one, none = Counts.of([7], [6]), Counts.of([])
    >>> mean_over_time([0, 60, 120], [one, one, none], 240)
    {7: 3.0}
    >>> mean_over_time([0], [one], 3600)
    {7: 6.0}
    """
    seconds = np.diff(np.append(int_array(moments), end))
    lasting = [
        int(min(each, MAX_SNAPSHOT_SECONDS) if len(shot) else each)
        for each, shot in zip(seconds.tolist(), snapshots, strict=True)
    ]
    if not sum(lasting):
        return {}
    pages, sums = sum_by(
        np.concatenate([shot.ids for shot in snapshots]),
        np.concatenate([shot.weights * each for shot, each in zip(snapshots, lasting, strict=True)]),
    )
    return dict(zip(pages.tolist(), (sums / sum(lasting)).tolist(), strict=True))


def any_hour(hours: Sequence[Baseline]) -> Baseline:
    """What is usual at any hour, for pages that were never seen at this one: the mean over the hours that know a page.

    >>> day, night = EMPTY_BASELINE.after({1: 10.0}), EMPTY_BASELINE.after({1: 2.0, 2: 3.0})
    >>> both = any_hour([day, night])
    >>> both.pages.tolist(), both.means.tolist(), both.variances.tolist()
    ([1, 2], [6.0, 3.0], [16.0, 0.0])
    """
    if not hours:
        return EMPTY_BASELINE
    pages, where = np.unique(np.concatenate([hour.pages for hour in hours]), return_inverse=True)
    known = np.bincount(where, minlength=pages.size)
    levels, within = (np.concatenate([getattr(hour, name) for hour in hours]) for name in ("means", "variances"))
    means, squares = (np.bincount(where, column, pages.size) / known for column in (levels, within + levels**2))
    return Baseline(pages, means, np.maximum(squares - means**2, 0.0))
