"""Differences between two snapshots."""

import pytest

from tally.counts import Counts
from tally.diffs import Direction, diff


@pytest.mark.parametrize("direction, kept", [("up", {1: 2}), ("down", {2: -1}), ("both", {1: 2, 2: -1, 3: 0})])
def test_a_diff_goes_in_the_direction_asked_for(direction, kept):
    before, after = Counts.of([1, 2, 3, 4], [1, 2, 3, 4]), Counts.of([1, 2, 3, 5], [3, 1, 3, 9])
    assert diff(before, after, Direction(direction)) == kept
    assert diff(before, before, Direction.UP) == {}
