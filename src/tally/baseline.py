"""The usual number of visitors of a page at an hour of the day, learnt one day at a time.

Each day gives one observation x for the hour: the mean of its snapshots over time. Mean and variance are weighted
exponentially, so that last week counts and last year does not (T. Finch, Incremental calculation of weighted mean and
variance, 2009, section 9), with the weight a = LEARNING_RATE:

    d = x - mean;   mean' = mean + a d;   variance' = (1 - a)(variance + a d^2)

This is the variance between days. A snapshot is one moment, in which independent visitors also vary by chance, by
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
"""A page with fewer visitors than this is dropped from the baseline."""
MAX_BASELINE_PAGES = 10_000
"""The number of pages in the baseline of an hour: those with the highest means."""
MAX_SNAPSHOT_SECONDS = 90
"""The number of seconds for which a snapshot is valid if none follows. After that, the visitors are unknown."""


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """Aligned columns: pages in ascending order, the mean of each, and its variance between days."""

    pages: Ints
    means: Floats
    variances: Floats

    def after(self, observed: Mapping[int, float]) -> Baseline:
        """Return the baseline with one more day. A page that was not seen on that day had no visitors; a page that is
        new begins with this observation and a variance of 0.

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
        """Return mean and variance of these pages, NaN for pages that are unknown."""
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
    """Return the mean visitors of each page over time. A snapshot is valid from its moment (in seconds) until the next
    one, or until `end`: one with visitors for at most MAX_SNAPSHOT_SECONDS, an empty one for the whole time, because a
    site without visitors gets no further snapshots until a visitor comes.

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
    """Return the baseline for any hour, for pages that are unknown at a particular hour: the mean over the hours that
    know a page. The variance includes that between hours.

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
