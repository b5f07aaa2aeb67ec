"""Changes between two snapshots, of the pages that are in both."""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from tally.counts import Counts, Ints, Mask


class Direction(StrEnum):
    UP = "up"
    DOWN = "down"
    BOTH = "both"


def diff(before: Counts, after: Counts, direction: Direction = Direction.UP) -> dict[int, int]:
    """Return `after - before` for each page that is in both snapshots and changes in this direction. A page in only one
    of them is new or gone and has no change.

    >>> before, after = Counts.of([1, 2, 3], [5, 5, 5]), Counts.of([1, 2, 4], [7, 1, 9])
    >>> diff(before, after), diff(before, after, Direction.DOWN), diff(before, after, Direction.BOTH)
    ({1: 2}, {2: -4}, {1: 2, 2: -4})
    """
    pages, old, new = np.intersect1d(before.ids, after.ids, assume_unique=True, return_indices=True)
    changes = after.weights[new] - before.weights[old]
    kept = _goes_in_direction(changes, direction)
    return dict(zip(pages[kept].tolist(), changes[kept].tolist(), strict=True))


def _goes_in_direction(changes: Ints, direction: Direction) -> Mask:
    if direction is Direction.BOTH:
        return np.ones(changes.size, np.bool_)
    return changes > 0 if direction is Direction.UP else changes < 0
