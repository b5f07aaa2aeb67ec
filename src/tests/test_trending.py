"""The three measures on series whose truth is known, because they were planted."""

from collections.abc import Sequence

import numpy as np
import pytest

from tally import trending
from tally.active_visitors import active_by_site
from tally.baseline import EMPTY_BASELINE, LEARNING_RATE, MAX_BASELINE_PAGES, Baseline, any_hour, mean_over_time
from tally.counts import Counts, Ints
from tally.curve import MAX_CURVE_POINTS, MAX_SNAPSHOT_SECONDS, curve, curve_moments
from tally.diffs import Direction, diff
from tally.trending import MIN_SCORE, SMOOTHING_SNAPSHOTS, Measure

PAGE = 7


def shots(visitors: Sequence[int]) -> list[Counts]:
    """Snapshots of one page, in order of time; zero visitors means that it is not there."""
    return [Counts.of([PAGE], [n]) if n else Counts.of([]) for n in visitors]


def measured(visitors: Sequence[int], usual: Baseline = EMPTY_BASELINE) -> dict[Measure, float | None]:
    """What each measure says of the last snapshot; None where the page is left out."""
    series = shots(visitors)[::-1]
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


def learnt(*days: float) -> Baseline:
    """What is usual after these levels, day by day."""
    usual = EMPTY_BASELINE
    for level in days:
        usual = usual.after({PAGE: level})
    return usual


def poisson(level: float, count: int, seed: int = 1) -> list[int]:
    return np.random.default_rng(seed).poisson(level, count).tolist()


def test_a_steady_page_does_not_rise():
    assert rises([40] * 10, learnt(40, 40, 40)) == set()


def test_a_spike_is_seen_by_all_three():
    said = measured([40] * 9 + [90], learnt(40, 40, 40))
    assert (said[Measure.DIFFERENCE], said[Measure.SMOOTHED]) == (50, 10.0)
    assert said[Measure.RELATIVE] == pytest.approx(50 / np.sqrt(41), abs=0.01)


def test_a_spike_is_over_for_the_difference_one_snapshot_later_and_not_for_the_others():
    assert rises([40] * 8 + [90, 90], learnt(40, 40)) == {Measure.SMOOTHED, Measure.RELATIVE}


def test_a_slow_climb_is_lost_in_the_noise_of_the_difference_and_found_by_smoothing():
    """A visitor more each snapshot, where chance moves ten."""
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
    usual = learnt(*poisson(50, 30, seed=2))
    series = poisson(50, 2000)
    news = [Measure.RELATIVE in rises([50, n], usual) for n in series]
    assert 0.0 < np.mean(news) < 0.05
    assert np.mean([n > 50 for n in series]) > 0.4, "of which the difference reports every other"


def test_one_visitor_of_a_page_that_usually_has_none_is_no_news_and_five_are():
    usual = learnt(0.02)
    assert rises([1, 1], usual) == set()
    assert rises([1, 5], usual) == {Measure.DIFFERENCE, Measure.RELATIVE}


def test_a_new_page_is_left_out():
    assert measured([0] * 9 + [80]) == dict.fromkeys(Measure)
    assert measured([0] * 5 + [8] * 5)[Measure.SMOOTHED] is None


def test_a_vanished_page_is_left_out():
    assert measured([80] * 9 + [0], learnt(80)) == dict.fromkeys(Measure)


def test_a_level_that_is_unusual_by_night_is_usual_by_day():
    hours = {hour: learnt(*[100 if 8 <= hour < 22 else 9] * 5) for hour in range(24)}
    assert Measure.RELATIVE in rises([40, 40], hours[3])
    assert Measure.RELATIVE not in rises([40, 40], hours[15])
    assert Measure.RELATIVE not in rises([100, 100], hours[15])
    assert Measure.RELATIVE in rises([130, 130], hours[15])


def test_an_hour_without_data_uses_the_other_hours():
    rest = any_hour([learnt(10), learnt(10)])
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


@pytest.mark.parametrize("direction, kept", [("up", {1: 2}), ("down", {2: -1}), ("both", {1: 2, 2: -1, 3: 0})])
def test_a_diff_goes_in_the_direction_asked_for(direction, kept):
    before, after = Counts.of([1, 2, 3, 4], [1, 2, 3, 4]), Counts.of([1, 2, 3, 5], [3, 1, 3, 9])
    assert diff(before, after, Direction(direction)) == kept
    assert diff(before, before, Direction.UP) == {}


def random_column(rng: np.random.Generator, most: int) -> Ints:
    return rng.integers(1, most, 500)


def test_presence_counts_as_a_plain_loop_does():
    rng = np.random.default_rng(3)
    sites, pages = random_column(rng, 4), random_column(rng, 30)
    visitors = rng.choice(np.array([5, 2**62, 2**63 - 1, *range(100, 140)], np.int64), 500)
    found = active_by_site(sites, pages, visitors)
    for site in (1, 2, 3):
        seen = {(p, v) for s, p, v in zip(sites.tolist(), pages.tolist(), visitors.tolist(), strict=True) if s == site}
        expected = {page: sum(p == page for p, _ in seen) for page, _ in seen}
        assert dict(zip(found[site].pages.ids.tolist(), found[site].pages.weights.tolist(), strict=True)) == expected
        assert found[site].visitors == len({v for _, v in seen})


def test_without_visitors_there_are_no_counts():
    nothing = np.zeros(0, np.int64)
    assert active_by_site(nothing, nothing, nothing) == {}


def test_a_day_weighs_as_the_rate_says():
    usual = learnt(*[10.0] * 50, 20.0)
    assert usual.means.tolist() == [10 + LEARNING_RATE * 10]
    assert usual.variances.tolist() == pytest.approx([(1 - LEARNING_RATE) * LEARNING_RATE * 100])


def test_old_levels_are_forgotten():
    assert learnt(100.0, *[0.0] * 50).pages.size == 0
    assert learnt(100.0, *[20.0] * 30).means[0] == pytest.approx(20, abs=0.2)


def test_mean_and_variance_come_near_the_true_ones():
    usual = learnt(*np.random.default_rng(4).normal(50, 5, 2000).tolist())
    assert usual.means[0] == pytest.approx(50, abs=6)
    assert 3 < np.sqrt(usual.variances[0]) < 8


def test_only_the_largest_pages_are_remembered():
    usual = EMPTY_BASELINE.after({page: 1.0 + (page % 2) for page in range(MAX_BASELINE_PAGES + 10)})
    assert usual.pages.size == MAX_BASELINE_PAGES
    assert (np.diff(usual.pages) > 0).all()


def test_an_hour_that_was_partly_unseen_is_learnt_from_the_rest():
    start = 36_000
    seen = [start + 60 * minute for minute in range(10)]
    assert mean_over_time(seen, shots([6] * 10), start + 3600) == {PAGE: 6.0}
    assert mean_over_time([], [], start) == {}


def test_a_silence_counts_as_long_as_it_lasts():
    assert mean_over_time([0, 900], shots([4, 0]), 3600) == {
        PAGE: pytest.approx(4 * MAX_SNAPSHOT_SECONDS / (MAX_SNAPSHOT_SECONDS + 2700))
    }


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
