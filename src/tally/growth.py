"""Growth in percent."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tally.counts import Ints

Floats: TypeAlias = NDArray[np.float64]


def percent(now: int, before: int) -> float:
    """Return the change from `before` to `now` in percent, with two decimals; 0.0 if `before` is 0.

    >>> percent(150, 100), percent(1, 3), percent(5, 0)
    (50.0, -66.67, 0.0)
    """
    return round(100 * (now - before) / before, 2) if before else 0.0


def ratios(now: Ints, before: Ints) -> Floats:
    """Return how many times `before` each of `now` is, in the order of their growth; NaN where `before` is 0.

    >>> ratios(np.array([150, 1, 5]), np.array([100, 4, 0])).tolist()
    [1.5, 0.25, nan]
    """
    found: Floats = np.divide(now, before, out=np.full(now.size, np.nan), where=before != 0)
    return found
