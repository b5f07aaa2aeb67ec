"""A curve of visitors through snapshots at irregular times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tally.baseline import MAX_SNAPSHOT_SECONDS
from tally.counts import Counts, int_array

MAX_CURVE_POINTS = 180


def curve_moments(start: int, end: int, interval: int) -> list[int]:
    """Return at most MAX_CURVE_POINTS moments at equal distances. They are multiples of the interval; the last one is
    at `end` or less than an interval before it.

    >>> curve_moments(0, 20, 5), len(curve_moments(0, 86_400, 5)), curve_moments(0, 86_400, 5)[-1]
    ([5, 10, 15, 20], 180, 86400)
    """
    step = interval * -(-(end - start) // (interval * MAX_CURVE_POINTS)) or interval
    last = end // interval * interval
    return list(range(last, start, -step))[::-1]


def snapshot_at(moments: Sequence[int], empty: Sequence[bool], at: Sequence[int]) -> list[int]:
    """Return the number of the snapshot that is valid at each point: the last one before it, or -1 if none is. A
    snapshot with visitors is valid for at most MAX_SNAPSHOT_SECONDS, an empty one until the next.

    >>> snapshot_at([100, 200], [False, True], [99, 100, 190, 191, 200, 9999])
    [-1, 0, 0, -1, 1, 1]
    """
    latest = np.searchsorted(int_array(moments), int_array(at), side="right") - 1
    return [
        found if found >= 0 and (empty[found] or point - moments[found] <= MAX_SNAPSHOT_SECONDS) else -1
        for found, point in zip(latest.tolist(), at, strict=True)
    ]


class Curve(NamedTuple):
    """Visitors over time: of a site at each moment, and of some of its pages, aligned with the moments."""

    moments: list[int]
    visitors: list[int]
    pages: dict[int, list[int]]


def curve(shots: Sequence[tuple[int, int, Counts]], at: Sequence[int], pages: Sequence[int]) -> Curve:
    """Return the curve through snapshots (moment, visitors, pages) in order of time, at the points where one is valid.

    >>> curve([(0, 3, Counts.of([1, 2], [2, 1])), (5, 0, Counts.of([]))], [0, 5, 10], [1])
    Curve(moments=[0, 5, 10], visitors=[3, 0, 0], pages={1: [2, 0, 0]})
    """
    found = snapshot_at([moment for moment, *_ in shots], [not visitors for _, visitors, _ in shots], at)
    known = [(point, shots[number]) for point, number in zip(at, found, strict=True) if number >= 0]
    columns = _visitors_by_page([counts for _, (_, _, counts) in known], pages)
    return Curve([point for point, _ in known], [visitors for _, (_, visitors, _) in known], columns)


def _visitors_by_page(snapshots: Sequence[Counts], pages: Sequence[int]) -> dict[int, list[int]]:
    wanted = int_array(sorted(pages))
    table = np.zeros((wanted.size, len(snapshots)), np.int64)
    for column, counts in enumerate(snapshots):
        _, there, here = np.intersect1d(wanted, counts.ids, assume_unique=True, return_indices=True)
        table[there, column] = counts.weights[here]
    return dict(zip(wanted.tolist(), table.tolist(), strict=True))
