"""Baselines are learnt from past levels."""

import numpy as np
import pytest

from tally.baseline import EMPTY_BASELINE, LEARNING_RATE, MAX_BASELINE_PAGES, mean_over_time
from tally.curve import MAX_SNAPSHOT_SECONDS
from tests.page_series import PAGE, baseline_after, snapshots_of


def test_a_day_weighs_as_the_rate_says():
    usual = baseline_after(*[10.0] * 50, 20.0)
    assert usual.means.tolist() == [10 + LEARNING_RATE * 10]
    assert usual.variances.tolist() == pytest.approx([(1 - LEARNING_RATE) * LEARNING_RATE * 100])


def test_old_levels_are_forgotten():
    assert baseline_after(100.0, *[0.0] * 50).pages.size == 0
    assert baseline_after(100.0, *[20.0] * 30).means[0] == pytest.approx(20, abs=0.2)


def test_mean_and_variance_come_near_the_true_ones():
    usual = baseline_after(*np.random.default_rng(4).normal(50, 5, 2000).tolist())
    assert usual.means[0] == pytest.approx(50, abs=6)
    assert 3 < np.sqrt(usual.variances[0]) < 8


def test_only_the_largest_pages_are_remembered():
    usual = EMPTY_BASELINE.after({page: 1.0 + (page % 2) for page in range(MAX_BASELINE_PAGES + 10)})
    assert usual.pages.size == MAX_BASELINE_PAGES
    assert (np.diff(usual.pages) > 0).all()


def test_an_hour_that_was_partly_unseen_is_learnt_from_the_rest():
    start = 36_000
    seen = [start + 60 * minute for minute in range(10)]
    assert mean_over_time(seen, snapshots_of([6] * 10), start + 3600) == {PAGE: 6.0}
    assert mean_over_time([], [], start) == {}


def test_a_silence_counts_as_long_as_it_lasts():
    assert mean_over_time([0, 900], snapshots_of([4, 0]), 3600) == {
        PAGE: pytest.approx(4 * MAX_SNAPSHOT_SECONDS / (MAX_SNAPSHOT_SECONDS + 2700))
    }
