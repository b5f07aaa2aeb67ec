"""Curves of visitors over time."""

import numpy as np
import pytest

from tally.counts import Counts
from tally.curve import MAX_CURVE_POINTS, curve, curve_moments


@pytest.mark.parametrize("seconds", [60, 900, 3600, 86_400])
@pytest.mark.parametrize("interval", [1, 3, 5, 60])
def test_points_are_few_and_evenly_spaced_to_the_end(seconds, interval):
    found = curve_moments(1_000_000 - seconds, 1_000_000, interval)
    assert 0 < len(found) <= MAX_CURVE_POINTS
    assert set(np.diff(found).tolist()) <= {found[-1] - found[-2] if len(found) > 1 else 0}
    assert 1_000_000 - interval < found[-1] <= 1_000_000
    assert all(point % interval == 0 for point in found)


def test_a_curve_has_a_column_for_each_page_also_one_that_is_never_there():
    found = curve([(0, 2, Counts.of([1], [2])), (5, 3, Counts.of([1, 2], [1, 3]))], [0, 5], [1, 2, 3])
    assert found.pages == {1: [2, 1], 2: [0, 3], 3: [0, 0]}
