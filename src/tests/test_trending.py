"""The three measures, on series with a known result."""

from collections.abc import Sequence

import numpy as np
import pytest

from tally import trending
from tally.baseline import EMPTY_BASELINE, Baseline, any_hour
from tally.counts import Counts
from tally.trending import MIN_SCORE, SMOOTHING_SNAPSHOTS, Measure
from tests.page_series import PAGE, baseline_after, snapshots_of


def measured(visitors: Sequence[int], usual: Baseline = EMPTY_BASELINE) -> dict[Measure, float | None]:
    """Return the value of each measure for the last snapshot, None if the page is left out."""
    series = snapshots_of(visitors)[::-1]
    found = {
        Measure.DIFFERENCE: trending.difference(series[0], series[1]),
        Measure.SMOOTHED: trending.smoothed(
            series[:SMOOTHING_SNAPSHOTS], series[SMOOTHING_SNAPSHOTS : 2 * SMOOTHING_SNAPSHOTS]
        ),
        Measure.RELATIVE: trending.relative(series[0], usual, EMPTY_BASELINE),
    }
    return {measure: changes.get(PAGE) for measure, changes in found.items()}


def rises(visitors: Sequence[int], usual: Baseline = EMPTY_BASELINE) -> set[Measure]:
    said = measured(visitors, usual)
    return {each for each, change in said.items() if change is not None and trending.rising({PAGE: change}, each)}


def poisson(level: float, count: int, seed: int = 1) -> list[int]:
    return np.random.default_rng(seed).poisson(level, count).tolist()


def test_a_steady_page_does_not_rise():
    assert rises([40] * 10, baseline_after(40, 40, 40)) == set()


def test_a_spike_is_seen_by_all_three():
    said = measured([40] * 9 + [90], baseline_after(40, 40, 40))
    assert (said[Measure.DIFFERENCE], said[Measure.SMOOTHED]) == (50, 10.0)
    assert said[Measure.RELATIVE] == pytest.approx(50 / np.sqrt(41), abs=0.01)


def test_a_spike_is_over_for_the_difference_one_snapshot_later_and_not_for_the_others():
    assert rises([40] * 8 + [90, 90], baseline_after(40, 40)) == {Measure.SMOOTHED, Measure.RELATIVE}


def test_a_slow_climb_is_lost_in_the_noise_of_the_difference_and_found_by_smoothing():
    """The page gains one visitor each snapshot, while the noise is ten."""
    noise = np.array(poisson(100, 300)) - 100
    climb = [int(n) for n in 100 + np.arange(300) + noise]
    at = range(10, 300)
    seen = {
        measure: np.mean([measure in rises(climb[:t]) for t in at])
        for measure in (Measure.DIFFERENCE, Measure.SMOOTHED)
    }
    assert seen[Measure.DIFFERENCE] < 0.65
    assert seen[Measure.SMOOTHED] > 0.7
    changes = {
        measure: [measured(climb[:t])[measure] for t in at] for measure in (Measure.DIFFERENCE, Measure.SMOOTHED)
    }
    signal = {measure: abs(np.mean(each)) / np.std(each) for measure, each in changes.items()}
    assert signal[Measure.SMOOTHED] > 5 * signal[Measure.DIFFERENCE]


def test_noise_about_the_usual_level_is_no_news_nineteen_times_in_twenty():
    usual = baseline_after(*poisson(50, 30, seed=2))
    series = poisson(50, 2000)
    news = [Measure.RELATIVE in rises([50, n], usual) for n in series]
    assert 0.0 < np.mean(news) < 0.05
    assert np.mean([n > 50 for n in series]) > 0.4, "of which the difference reports every other"


def test_one_visitor_of_a_page_that_usually_has_none_is_no_news_and_five_are():
    usual = baseline_after(0.02)
    assert rises([1, 1], usual) == set()
    assert rises([1, 5], usual) == {Measure.DIFFERENCE, Measure.RELATIVE}


def test_a_new_page_is_left_out():
    assert measured([0] * 9 + [80]) == dict.fromkeys(Measure)
    assert measured([0] * 5 + [8] * 5)[Measure.SMOOTHED] is None


def test_a_vanished_page_is_left_out():
    assert measured([80] * 9 + [0], baseline_after(80)) == dict.fromkeys(Measure)


def test_a_level_that_is_unusual_by_night_is_usual_by_day():
    hours = {hour: baseline_after(*[100 if 8 <= hour < 22 else 9] * 5) for hour in range(24)}
    assert Measure.RELATIVE in rises([40, 40], hours[3])
    assert Measure.RELATIVE not in rises([40, 40], hours[15])
    assert Measure.RELATIVE not in rises([100, 100], hours[15])
    assert Measure.RELATIVE in rises([130, 130], hours[15])


def test_an_hour_without_data_uses_the_other_hours():
    rest = any_hour([baseline_after(10), baseline_after(10)])
    now = Counts.of([PAGE, 8], [30, 30])
    assert trending.relative(now, EMPTY_BASELINE, rest) == {PAGE: 6.03}
    assert trending.relative(now, EMPTY_BASELINE, EMPTY_BASELINE) == {}


def test_a_fall_is_the_opposite_of_a_rise():
    assert trending.falling({1: -3, 2: 3, 3: 0}, Measure.DIFFERENCE) == {1: -3}
    assert trending.falling({1: -MIN_SCORE, 2: -1.9}, Measure.RELATIVE) == {1: -MIN_SCORE}
    assert trending.rising({1: MIN_SCORE, 2: 1.9}, Measure.RELATIVE) == {1: MIN_SCORE}


def test_the_top_is_by_visitors_and_then_by_age():
    counts = Counts.of(range(1, 6), [3, 9, 3, 9, 1])
    assert trending.top_pages(counts, 3).ids.tolist() == [1, 2, 4]
    assert trending.top_pages(counts) == counts
    assert trending.top_pages(Counts.of([])) == Counts.of([])


def test_a_page_that_comes_and_goes_counts_as_zero_in_the_mean():
    assert measured([4, 0, 4, 0, 4, 8, 0, 8, 0, 8])[Measure.SMOOTHED] == pytest.approx(4.8 - 2.4)
